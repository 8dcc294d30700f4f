"""``hotclub serve``: the command line and the environment into settings, then the server."""

from __future__ import annotations

import argparse
import importlib
import os
import shlex
from typing import Any

from hotclub.cli._parser import Parser
from hotclub.errors import HotclubError
from hotclub.serve._arguments import add_arguments

DESCRIPTION = """\
Serves a WSGI application over HTTP. In the directory of a Django project it needs no argument:
manage.py or DJANGO_SETTINGS_MODULE names the settings, and they name the application.
Options, environment and gunicorn.conf.py are gunicorn's; docs/serve.md has the differences.
TERM stops it after the requests in flight, INT and QUIT at once, HUP starts new workers on the
configuration and the code as they are then, USR1 opens the logs again, USR2 starts a new master
beside this one, TTIN and TTOU add and take a worker.
"""


def add_parser(subparsers: Any) -> None:
    """Add the command and its options."""
    parser = subparsers.add_parser(
        "serve",
        help="run the project on the C engine",
        usage="hotclub serve [options] [APPLICATION]",
        description=DESCRIPTION,
    )
    add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Serve until a signal ends it; return the exit status."""
    _check_engine()
    from hotclub.serve import serve
    from hotclub.serve._configure import ENVIRONMENT, Sources

    environment = Parser(prog=f"${ENVIRONMENT}", exit_on_error=False)
    add_arguments(environment)
    words = shlex.split(os.environ.get(ENVIRONMENT, ""))
    return serve(Sources(vars(args), vars(environment.parse_args(words))))


def _check_engine() -> None:
    try:
        importlib.import_module("hotclub._native")
    except ImportError as error:
        raise HotclubError(
            f"the C engine cannot be loaded ({error}); reinstall hotclub for this interpreter,"
            " or run «make build» in a checkout"
        ) from None
