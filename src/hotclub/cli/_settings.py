"""``[tool.hotclub]`` in the project's ``pyproject.toml``: what the command line does not say.

The keys are the long options of ``doctor`` and ``fix`` themselves, so there is no second table to
keep: what an option is, and what it takes, is read off the parsers.
"""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from hotclub import pyproject
from hotclub.cli._parser import Parser, nearest
from hotclub.errors import HotclubError

COMMANDS = ("doctor", "fix")
_OF_ONE_CALL = frozenset({"help", "undo", "diff", "write-baseline"})
"""Options that say what is to be done now; a file cannot say that for every time."""


def parse(parser: argparse.ArgumentParser, arguments: list[str], command: str) -> Any:
    """The arguments parsed, with the file's settings where they say nothing.

    Raises:
        HotclubError: the file cannot be read, or has a setting that does not exist or is wrong.
    """
    args = parser.parse_args(arguments)
    start = getattr(args, "directory", None) or getattr(args, "project", None) or "."
    file, table = pyproject.find(Path(start))
    if file is None:
        return args
    known = {name: _options(name) for name in COMMANDS}
    _refuse_unknown(file, table, {key for options in known.values() for key in options})
    found = _values(file, table, known.values())
    # A list that is given is extended where it is a default, and would then hold both.
    given = {name for name, value in vars(args).items() if value and isinstance(value, list)}
    wanted = {action.dest for action in known[command].values()} - given
    before = {name: value for name, value in found.items() if name in wanted}
    _subparser(parser, command).set_defaults(**before)
    return parser.parse_args(arguments)


def _values(
    file: Path, table: Mapping[str, Any], known: Iterable[Mapping[str, argparse.Action]]
) -> dict[str, Any]:
    """What the file sets, by the attribute that it sets."""
    every = {key: action for options in known for key, action in options.items()}
    return {every[key].dest: _value(file, key, table[key], every[key]) for key in table}


def _options(command: str) -> dict[str, argparse.Action]:
    """The options of a command that a file may set, by their long name without dashes."""
    root = Parser(prog="hotclub")
    subparsers = root.add_subparsers()
    importlib.import_module(f"hotclub.cli.{command}").add_parser(subparsers)
    return dict(_named(subparsers.choices[command]))


def _named(parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.Action]]:
    for action in parser._actions:
        if action.help == argparse.SUPPRESS:
            continue
        for option in action.option_strings[:1]:
            name = option.removeprefix("--")
            if option.startswith("--") and name not in _OF_ONE_CALL:
                yield name, action


def _subparser(parser: argparse.ArgumentParser, command: str) -> argparse.ArgumentParser:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            found: argparse.ArgumentParser = action.choices[command]
            return found
    raise LookupError(command)


def _refuse_unknown(file: Path, table: Mapping[str, Any], known: set[str]) -> None:
    for key in table:
        if key not in known:
            near = nearest(key, known)
            hint = f"did you mean {near}?" if near else f"there are: {', '.join(sorted(known))}"
            raise HotclubError(f"{file}: {pyproject.TABLE} has no setting {key}; {hint}")


def _value(file: Path, key: str, value: Any, action: argparse.Action) -> Any:
    """The value as the command line would have given it."""
    try:
        if isinstance(action, argparse._AppendAction) and action.nargs is None:
            several = value if isinstance(value, list) else [value]
            return [_converted(file, one, action) for one in several]
        return _converted(file, value, action)
    except (argparse.ArgumentTypeError, HotclubError) as error:
        raise HotclubError(f"{file}: {pyproject.TABLE} {key}: {error}") from None


def _converted(file: Path, value: Any, action: argparse.Action) -> Any:
    if action.nargs == 0:
        return _is(value, bool, "true or false")
    if isinstance(value, list):
        words = [_is(word, str, "a list of texts") for word in value]
        if action.nargs == "+":
            return words
        value = ",".join(words)
        if action.metavar != "CODES":
            raise HotclubError("one text is needed, not a list")
    if action.type is None:
        text = _is(value, str, "a text")
        return [text] if action.nargs == "+" else text
    if action.metavar == "FILE":
        value = str(file.parent / _is(value, str, "a text, the name of a file"))
    elif isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise HotclubError("a text or a number is needed")
    convert: Any = action.type
    return convert(str(value))


def _is(value: Any, kind: type, words: str) -> Any:
    if not isinstance(value, kind):
        raise HotclubError(f"{value!r} is not {words}")
    return value
