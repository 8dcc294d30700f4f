"""``hotclub serve``: options into a :class:`~hotclub.serve.Config`."""

from __future__ import annotations

import argparse
import importlib
from pathlib import Path
from typing import Any

from hotclub.errors import HotclubError

DESCRIPTION = """\
Serves a WSGI application over HTTP. In the directory of a Django project it needs no argument:
manage.py or DJANGO_SETTINGS_MODULE names the settings, and they name the application.
TERM stops it after the requests in flight, INT and QUIT at once, HUP starts new workers on the
code as it is then, USR1 opens the access log again.
"""


def add_parser(subparsers: Any) -> None:
    """Add the command and its options."""
    parser = subparsers.add_parser(
        "serve", help="run the project on the C engine", description=DESCRIPTION
    )
    parser.add_argument("application", nargs="?", help="module:attribute, the project's by default")
    parser.add_argument(
        "-b", "--bind", action="append", help="host:port or unix:path, repeatable [127.0.0.1:8000]"
    )
    parser.add_argument("--settings", help="the settings module, when it is not manage.py's")
    parser.add_argument("--chdir", type=Path, help="the project's directory [.]")
    _add_processes(parser)
    _add_times(parser)
    _add_limits(parser)


def _add_processes(parser: Any) -> None:
    group = parser.add_argument_group("processes")
    add = group.add_argument
    add("-w", "--workers", type=int, help="processes [the cores this one may use]")
    add("--threads", type=int, help="views at once in each worker [4]")
    add("--preload", action="store_true", help="import the application once, before forking")
    add("--max-requests", type=int, metavar="N", help="replace a worker after N requests [never]")
    add("--max-requests-jitter", type=int, metavar="N", help="plus a random number up to N [0]")
    add("--access-log", metavar="FILE", help="one line for each request; - is standard output")
    add("--backlog", type=int, metavar="N", help="connections the kernel queues [2048]")
    add("--temporary", type=Path, metavar="DIR", help="where large request bodies go [$TMPDIR]")


def _add_times(parser: Any) -> None:
    group = parser.add_argument_group("times, in seconds")
    for option, text in (
        ("timeout", "a worker whose request runs longer is replaced; 0 never [30]"),
        ("graceful-timeout", "for requests in flight to finish when stopping [30]"),
        ("keep-alive", "an idle connection stays open [15]"),
        ("header-timeout", "for a request's headers to arrive [20]"),
        ("body-timeout", "without a byte of a request's body [30]"),
        ("send-timeout", "without a byte of a response being taken [30]"),
    ):
        group.add_argument(f"--{option}", type=float, metavar="S", help=text)


def _add_limits(parser: Any) -> None:
    group = parser.add_argument_group("limits, in bytes unless they count")
    for option, text in (
        ("limit-connections", "open connections of each worker [10000]"),
        ("limit-request-line", "method, target and version [8192]"),
        ("limit-request-headers", "all header fields together [65536]"),
        ("limit-request-fields", "number of header fields [100]"),
        ("limit-request-body", "a request's body [1073741824]"),
        ("body-memory", "a body stays in memory up to this size [1048576]"),
    ):
        group.add_argument(f"--{option}", type=int, metavar="N", help=text)


def run(args: argparse.Namespace) -> int:
    """Serve until a signal ends it; return the exit status."""
    _check_engine()
    from hotclub.serve import Config, serve
    from hotclub.serve._config import default_binds, usable_cores

    given = {
        name: value
        for name, value in vars(args).items()
        if name in Config.__dataclass_fields__ and value is not None
    }
    given["bind"] = tuple(args.bind) if args.bind else default_binds()
    given.setdefault("workers", usable_cores())
    return serve(Config(**given))


def _check_engine() -> None:
    try:
        importlib.import_module("hotclub._native")
    except ImportError as error:
        raise HotclubError(
            f"the C engine cannot be loaded ({error}); reinstall hotclub for this interpreter,"
            " or run «make build» in a checkout"
        ) from None
