"""Option files (``read_default_file``), as the drivers read them.

https://mariadb.com/kb/en/configuring-mariadb-with-option-files/
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

_GROUPS = ("client", "client-server", "client-mariadb")


def read(path: Path, group: str = "") -> dict[str, str]:
    """What a file gives a client, and those of ``group``: later lines win, ``-`` and ``_`` are
    alike. Nothing where it cannot be read."""
    try:
        text = path.read_text()
    except (OSError, UnicodeDecodeError):
        return {}
    return {key: value for name, key, value in _lines(text) if name in (*_GROUPS, group)}


def _lines(text: str) -> Iterator[tuple[str, str, str]]:
    name = ""
    for raw in text.splitlines():
        line = raw.strip()
        if line.startswith("[") and line.endswith("]"):
            name = line[1:-1].strip().lower()
        elif line and line[0] not in "#;!":
            key, _, value = line.partition("=")
            yield name, key.strip().lower().replace("-", "_"), _plain(value.strip())


def _plain(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        value = value[1:-1]
    return value.replace("\\\\", "\\")
