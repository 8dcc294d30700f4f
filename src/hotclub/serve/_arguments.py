"""The command line, made from the table."""

from __future__ import annotations

import argparse
from typing import Any

import hotclub
from hotclub.serve._setting import Setting
from hotclub.serve._table import SECTIONS


def add_arguments(parser: Any) -> None:
    """Give a parser every option; what is not given stays None."""
    parser.add_argument(
        "-v", "--version", action="version", version=f"hotclub {hotclub.__version__}"
    )
    parser.add_argument(
        "wsgi_app",
        nargs="?",
        metavar="APPLICATION",
        help="module:attribute, the Django project's by default",
    )
    for section, settings in SECTIONS:
        group = parser.add_argument_group(section)
        for setting in settings:
            if setting.cli:
                _add(group, setting)


def _add(group: Any, setting: Setting) -> None:
    options: dict[str, Any] = {"dest": setting.name, "default": None, "help": _help(setting)}
    if setting.takes == "nothing":
        options |= {"action": "store_const", "const": setting.const}
    elif setting.takes == "values":
        options |= {"action": "append", "metavar": setting.meta}
    elif setting.takes == "optional":
        options |= {"nargs": "?", "const": setting.const, "metavar": setting.meta}
    else:
        options["metavar"] = setting.meta
    group.add_argument(*setting.cli, **options)


def _help(setting: Setting) -> str:
    if setting.answer == "refused":
        return argparse.SUPPRESS  # a parser knows it, so that the refusal can say why
    default = setting.default_text() if setting.takes != "nothing" else ""
    return (f"{setting.help} [{default}]" if default else setting.help).replace("%", "%%")
