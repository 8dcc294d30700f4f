"""``manage.py hotclub …``: the command line, with this project and interpreter preset.

The command is run by a process of its own: this one has the project loaded, and the driver must
not. So the process is replaced, with the settings and the interpreter that ``manage.py`` used.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

ABOUT_A_PROJECT = frozenset({"doctor", "fix", "bench", "record"})


class Command(BaseCommand):
    """Hand everything after ``manage.py hotclub`` to the command line."""

    help = "Find what is slow in this project, fix it, prove it, serve it (hotclub --help)."
    requires_system_checks: list[str] = []

    def run_from_argv(self, argv: list[str]) -> None:
        """Replace this process by the driver; its options are its own, not Django's."""
        line = command_line(argv[2:], manage_py=Path(argv[0]))
        sys.stdout.flush()
        os.execv(line[0], line)

    def add_arguments(self, parser: CommandParser) -> None:
        """For ``call_command("hotclub", "doctor", …)``."""
        parser.add_argument("arguments", nargs="*")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run the driver as a child and leave with its status if that is not 0."""
        line = command_line(options["arguments"], manage_py=Path(sys.argv[0]))
        status = subprocess.run(line, check=False).returncode
        if status:
            sys.exit(status)


def command_line(arguments: list[str], *, manage_py: Path) -> list[str]:
    """The driver's command line: ``arguments`` with what ``manage.py`` already knows."""
    line = [sys.executable, "-m", "hotclub", *arguments]
    if not arguments or arguments[0] not in ABOUT_A_PROJECT:
        return line
    settings = os.environ.get("DJANGO_SETTINGS_MODULE")
    if settings and not _given(arguments, "--settings"):
        line += ["--settings", settings]
    if not _given(arguments, "--python"):
        line += ["--python", sys.executable]
    if manage_py.name == "manage.py":
        line += ["--project", str(manage_py.resolve().parent)]
    return line


def _given(arguments: list[str], option: str) -> bool:
    return any(word == option or word.startswith(option + "=") for word in arguments)
