"""``[tool.hotclub]`` in ``pyproject.toml``, and what of it the command line overrides."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hotclub.cli import _settings, doctor, fix
from hotclub.cli._parser import Parser
from hotclub.errors import HotclubError


def parse(tree: Path, table: str, *arguments: str, command: str = "doctor") -> Any:
    if table:
        (tree / "pyproject.toml").write_text(f"[tool.hotclub]\n{table}\n")
    parser = Parser(prog="hotclub")
    subparsers = parser.add_subparsers()
    (doctor if command == "doctor" else fix).add_parser(subparsers)
    return _settings.parse(parser, [command, str(tree), *arguments], command)


def test_every_kind_of_option(tmp_path: Path) -> None:
    table = """
        samples = 5
        max-seconds = 7.5
        settings = "config.local"
        select = ["HC1", "HC201"]
        ignore = "HC104"
        baseline = "known.json"
        json = true
        replay = ["a.log", "b.log"]
        offered = ["HC403"]
        """
    args = parse(tmp_path, table)
    assert (args.samples, args.max_seconds, args.settings) == (5, 7.5, "config.local")
    assert (args.select, args.ignore) == (("HC1", "HC201"), ("HC104",))
    assert args.replay == [tmp_path / "a.log", tmp_path / "b.log"]
    assert parse(tmp_path, 'replay = "a.log"').replay == [tmp_path / "a.log"]
    assert args.baseline == tmp_path / "known.json" and args.json
    assert not hasattr(args, "offered"), "that is the other command's"
    assert parse(tmp_path, table, command="fix").offered == ["HC403"]


def test_the_command_line_comes_first(tmp_path: Path) -> None:
    table = 'samples = 5\njson = true\nselect = "HC1"\noffered = ["all"]'
    args = parse(tmp_path, table, "--samples", "3", "--select", "HC2", "--no-json")
    assert (args.samples, args.select, args.json) == (3, ("HC2",), False)
    off = 'no-crawl = true\nreplay = "a.log"'
    assert parse(tmp_path, off).no_crawl and not parse(tmp_path, off, "--crawl").no_crawl
    given = parse(tmp_path, table, "--offered", "HC302", command="fix")
    assert given.offered == ["HC302"]


def test_the_nearest_file_that_has_the_table(tmp_path: Path) -> None:
    parse(tmp_path, "samples = 7")
    below = tmp_path / "site/shop"
    below.mkdir(parents=True)
    (below.parent / "pyproject.toml").write_text("[tool.black]\nx = 'hotclub'\n")
    assert parse(below, "").samples == 7
    (below.parent / ".git").mkdir()
    assert parse(below, "").samples == 3, "another repository's is not this one's"


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("sample = 3", "has no setting sample; did you mean samples?"),
        ("zzz = 3", "has no setting zzz; there are: all, baseline"),
        ("undo = true", "has no setting undo"),
        ("samples = 0", "samples: '0' is not a whole number of at least 1"),
        ("samples = true", "samples: a text or a number is needed"),
        ("samples = [1]", "samples: 1 is not a list of texts"),
        ("json = 1", "json: 1 is not true or false"),
        ('select = "HC9"', "select: there is no code HC9"),
        ('python = ["a"]', "python: one text is needed, not a list"),
        ("settings = 3", "settings: 3 is not a text"),
        ("baseline = 3", "baseline: 3 is not a text, the name of a file"),
        ("samples = ", "is not valid TOML"),
        ("[tool]\nhotclub = 3", "is not valid TOML"),
    ],
)
def test_a_mistake_is_one_message(tmp_path: Path, table: str, said: str) -> None:
    with pytest.raises(HotclubError) as error:
        parse(tmp_path, table)
    assert said in str(error.value) and str(tmp_path / "pyproject.toml") in str(error.value)


def test_a_table_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool]\nhotclub = 3\n")
    with pytest.raises(HotclubError, match="has to be a table"):
        parse(tmp_path, "")
