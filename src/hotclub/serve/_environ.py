"""The part of a WSGI environ that is the same for every request of a listener."""

from __future__ import annotations

import socket
import sys
from typing import Any
from wsgiref.util import FileWrapper

import hotclub
from hotclub import _native
from hotclub.serve._config import Config

FILLED = 22

# Replaced, or true as they stand, in each request: their place in the table is taken already.
PLACES = {
    "REQUEST_METHOD": "GET",
    "PATH_INFO": "/",
    "RAW_URI": "/",
    "QUERY_STRING": "",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "REMOTE_ADDR": "",
    "wsgi.input": None,
    "wsgi.early_hints": None,
}


def base_environ(config: Config, listener: socket.socket) -> dict[str, Any]:
    """What PEP 3333 asks for that does not depend on the request."""
    name, port = _name_and_port(listener)
    return _with_room(
        {
            **PLACES,
            **({} if listener.family == socket.AF_UNIX else {"REMOTE_PORT": "0"}),
            "SERVER_NAME": name,
            "SERVER_PORT": port,
            "SERVER_SOFTWARE": f"hotclub/{hotclub.__version__}",
            "SCRIPT_NAME": "",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": config.max_threads > 1,
            "wsgi.multiprocess": config.workers > 1,
            "wsgi.run_once": False,
            "wsgi.file_wrapper": _native.FileWrapper if config.sendfile else FileWrapper,
            "wsgi.input_terminated": True,
        }
    )


def _name_and_port(listener: socket.socket) -> tuple[str, str]:
    if listener.family == socket.AF_UNIX:
        return "localhost", "80"
    host, port = listener.getsockname()[:2]
    return host, str(port)


def _with_room(environ: dict[str, Any]) -> dict[str, Any]:
    """The same dict, with room for a browser's headers in its table.

    A copy gets a table as large as the original's if two thirds of it are used, and CPython never
    shrinks one on deletion: so a few keys are put in and taken out again, and a request's own
    keys then fit without the table being built anew.
    """
    spare = [f"spare-{number}" for number in range(FILLED - len(environ))]
    environ.update(dict.fromkeys(spare))
    for key in spare:
        del environ[key]
    return environ
