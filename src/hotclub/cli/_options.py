"""Options that several commands share."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from hotclub.doctor import Options, OwnTests
from hotclub.doctor.exercise import read_script, split
from hotclub.errors import HotclubError
from hotclub.project import Project
from hotclub.workspace import Wanted

_DEFAULTS = Options()


def add_project_options(parser: argparse.ArgumentParser) -> None:
    """``[DIR] [--settings MODULE] [--python PATH]``: which project, run by what."""
    parser.add_argument(
        "directory", nargs="?", metavar="DIR", help="the project's directory (default: this one)"
    )
    parser.add_argument("--project", metavar="DIR", help=argparse.SUPPRESS)
    parser.add_argument(
        "--settings",
        metavar="MODULE",
        help="settings module (default: $DJANGO_SETTINGS_MODULE, else what manage.py names)",
    )
    parser.add_argument(
        "--python",
        metavar="PATH",
        help="the project's interpreter (default: $VIRTUAL_ENV's, the project's .venv, this one)",
    )


def add_copy_options(parser: argparse.ArgumentParser) -> None:
    """What becomes of databases that are too big to copy."""
    add_flag(
        parser,
        "--sample-databases",
        "of databases too big to copy, copy a sample of the rows and what these name",
    )
    parser.add_argument(
        "--sample-rows",
        metavar="N",
        type=positive_int,
        help="of every database, copy about N rows of each larger table (default: with "
        "--sample-databases, as many as make about 1 GiB)",
    )


def wanted_sample(args: argparse.Namespace) -> Wanted | None:
    """How databases are to be sampled, if at all."""
    if args.sample_databases or args.sample_rows is not None:
        return Wanted(args.sample_rows)
    return None


def add_crawl_options(parser: argparse.ArgumentParser) -> None:
    """How far the crawl goes."""
    parser.add_argument(
        "--max-requests",
        type=positive_int,
        default=_DEFAULTS.max_requests,
        metavar="N",
        help="requests of the crawl (default: %(default)s)",
    )
    parser.add_argument(
        "--samples",
        type=positive_int,
        default=_DEFAULTS.samples,
        metavar="N",
        help="different URLs of one route for each user (default: %(default)s)",
    )
    parser.add_argument(
        "--max-seconds",
        type=positive_float,
        default=_DEFAULTS.max_seconds,
        metavar="S",
        help="seconds of the crawl; measuring may take as long again (default: %(default)g)",
    )
    parser.add_argument(
        "--request-seconds",
        type=positive_float,
        default=_DEFAULTS.request_seconds,
        metavar="S",
        help="give a view up after this long (default: %(default)g)",
    )


def add_exercise_options(parser: argparse.ArgumentParser) -> None:
    """What the project is asked for beside the crawl, or instead of it."""
    add_requests_option(parser)
    parser.add_argument(
        "--replay",
        metavar="FILE",
        type=Path,
        action="append",
        default=[],
        help="ask for what this access log or recording holds; may be given again",
    )
    add_flag(parser, "--tests", "run the project's own tests too, on the copy")
    parser.add_argument(
        "--tests-command",
        metavar="COMMAND",
        help="run them by this (default: pytest where it is set up, else manage.py test)",
    )
    parser.add_argument(
        "--tests-seconds",
        type=positive_float,
        default=OwnTests().seconds,
        metavar="S",
        help="seconds for the tests (default: %(default)g)",
    )
    add_flag(parser, "--no-crawl", "only what is written down, or tested; do not crawl")


def add_requests_option(parser: argparse.ArgumentParser) -> None:
    """Requests and users that somebody wrote down."""
    parser.add_argument(
        "--requests",
        metavar="FILE",
        type=Path,
        help="a TOML file of requests, writes too, and of users and how they log in",
    )


def add_flag(parser: argparse.ArgumentParser, option: str, words: str) -> None:
    """An option without a value, and its opposite for where a file of settings has it on."""
    name = option.removeprefix("--")
    opposite = name.removeprefix("no-") if name.startswith("no-") else f"no-{name}"
    flag = parser.add_argument(option, action="store_true", help=words)
    parser.add_argument(
        f"--{opposite}", dest=flag.dest, action="store_false", help=argparse.SUPPRESS
    )


def add_html_option(parser: argparse.ArgumentParser) -> None:
    """The page of ``hotclub report``, of what has just been done."""
    parser.add_argument(
        "--html", metavar="FILE", type=writable_file, help="write the page of it here as well"
    )


def find_project(args: argparse.Namespace) -> Project:
    """The project that the options name; raises HotclubError when there is none."""
    directory = args.directory or args.project or "."
    return Project.find(directory, args.settings, args.python)


def crawl_options(args: argparse.Namespace) -> Options:
    """The doctor's options from the command line's; raises HotclubError for a bad file."""
    script = read_script(args.requests) if args.requests else None
    for file in args.replay:
        if not os.access(file, os.R_OK) or not file.is_file():
            raise HotclubError(f"{file} is no file that can be read; give --replay a log")
    tests = None
    if args.tests or args.tests_command is not None:
        named = args.tests_command
        tests = OwnTests(() if named is None else split(named), args.tests_seconds)
    if args.no_crawl and not (tests or args.replay or (script and script.requests)):
        raise HotclubError(
            "--no-crawl leaves nothing to ask for; add --requests, --replay or --tests"
        )
    return Options(
        crawl=not args.no_crawl,
        script=script,
        replays=tuple(args.replay),
        tests=tests,
        max_requests=args.max_requests,
        max_seconds=args.max_seconds,
        samples=args.samples,
        request_seconds=args.request_seconds,
        index_seconds=min(_DEFAULTS.index_seconds, args.max_seconds / 4),
    )


def positive_int(text: str) -> int:
    """For argparse: a whole number of at least 1."""
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)


def positive_float(text: str) -> float:
    """For argparse: a number above 0."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return value


def writable_file(text: str) -> Path:
    """For argparse: a file in a directory that exists and may be written to."""
    path = Path(text).expanduser().resolve()
    if path.is_dir() or not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"{text} cannot be written: it needs a directory to be in")
    if not os.access(path.parent, os.W_OK):
        raise argparse.ArgumentTypeError(f"{text} cannot be written: {path.parent} is read-only")
    return path
