"""The entry point: finds the command, loads its module and nobody else's, says what went wrong.

``pip install hotclub`` is enough to serve, so importing this module must need nothing but the
standard library, and the module of a command is imported only when that command is called. What
a command needs beyond that is named in :data:`COMMANDS`, so that its absence is one sentence.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

import hotclub
from hotclub.cli._parser import Parser
from hotclub.errors import HotclubError

INTERRUPTED = 130
FAILED = 2


class Command(NamedTuple):
    """What is known of a command without importing it."""

    name: str
    help: str
    needs: tuple[str, ...] = ()


COMMANDS = (
    Command("doctor", "find what is slow, on which line, and why", ("libcst", "rich")),
    Command("fix", "write the fixes, each proved, or take them back", ("libcst", "rich")),
    Command("report", "write a recording's findings as one HTML page", ("libcst", "rich")),
    Command("serve", "run the project on the C engine"),
    Command("top", "watch a running server"),
    Command("bench", "load the project before and after, and compare", ("rich",)),
    Command("record", "record a project's requests where it runs"),
)
SETTLED = ("doctor", "fix")
"""Commands that take settings from ``[tool.hotclub]`` of the project's ``pyproject.toml``."""
EXTRAS = {"libcst": "LibCST", "rich": "Rich"}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; ``argv`` is without the program's name."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        return _run(arguments)
    except HotclubError as error:
        print(f"hotclub: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("hotclub: interrupted; the project is as it was", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone: nothing left to say, and nowhere to say it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def _run(arguments: list[str]) -> int:
    parser = Parser(
        prog="hotclub",
        description="Makes an existing Django project fast: finds what is slow, fixes it, "
        "proves it, serves it.",
        epilog="«hotclub COMMAND --help» says more about one of them.",
    )
    parser.add_argument("--version", action="version", version=f"hotclub {hotclub.__version__}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    called = next((word for word in arguments if not word.startswith("-")), None)
    module: Any = None
    for command in COMMANDS:
        if command.name == called:
            module = _load(command)
            module.add_parser(subparsers)
        else:
            subparsers.add_parser(command.name, help=command.help, add_help=False)
    args = _arguments(parser, arguments, str(called)) if module else parser.parse_args(arguments)
    if module is None:  # argparse has already left for every word that is not a command
        parser.error("a command is needed")
    return int(module.run(args))


def _arguments(parser: Parser, arguments: list[str], called: str) -> Any:
    """The arguments parsed; some commands take settings from a file besides."""
    if called not in SETTLED:
        return parser.parse_args(arguments)
    return importlib.import_module("hotclub.cli._settings").parse(parser, arguments, called)


def _load(command: Command) -> Any:
    """Import a command's module, or say in one sentence what it is missing.

    Each has ``add_parser(subparsers) -> None`` and ``run(args) -> int`` (the exit status).
    """
    _check_needs(command)
    try:
        return importlib.import_module(f"hotclub.cli.{command.name}")
    except ModuleNotFoundError as error:
        if error.name != f"hotclub.cli.{command.name}":
            raise
        message = f"this installation has no «{command.name}» command"
        raise HotclubError(f"{message}; install a newer hotclub") from None


def _check_needs(command: Command) -> None:
    missing = [EXTRAS[name] for name in command.needs if not _can_import(name)]
    if missing:
        raise HotclubError(
            f"hotclub {command.name} needs {' and '.join(missing)}: pip install 'hotclub[doctor]'"
        )


def _can_import(name: str) -> bool:
    try:
        importlib.import_module(name)
    except ImportError:
        return False
    return True
