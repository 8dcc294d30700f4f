"""Every setting there is, in the order of the documentation."""

from __future__ import annotations

from hotclub.serve._setting import Setting
from hotclub.serve._table_http import FILES, LENIENCE, LIMITS, PROXY
from hotclub.serve._table_later import ELSEWHERE, PROTOCOLS, SECURE
from hotclub.serve._table_log import HOOKS, LOGS, NUMBERS
from hotclub.serve._table_process import APPLICATION, MECHANICS, PROCESSES, TIMES

SECTIONS = (
    APPLICATION, PROCESSES, TIMES, LIMITS, FILES, PROXY, LOGS, NUMBERS, MECHANICS, HOOKS,
    LENIENCE, SECURE, PROTOCOLS, ELSEWHERE,
)  # fmt: skip

SETTINGS: dict[str, Setting] = {
    setting.name: setting for _, settings in SECTIONS for setting in settings
}
