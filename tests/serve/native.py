"""Runs ``hotclub._native.Server`` alone: ``native.py MODULE OPTIONS``, options as JSON.

Prints the port. The application is ``MODULE.application``; it is served until standard input
ends.
"""

from __future__ import annotations

import importlib
import json
import socket
import sys
import threading
import traceback

from hotclub import _native


def main(module: str, options: str) -> None:
    application = importlib.import_module(module).application
    keywords = {
        name: tuple(map(tuple_or_plain, value)) if isinstance(value, list) else value
        for name, value in json.loads(options).items()
    }
    if "forwarding" in keywords:
        keywords["forwarding"] = forwarding(**keywords["forwarding"])
    listener = socket.create_server(("127.0.0.1", 0), backlog=100)
    environ = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/",
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": str(listener.getsockname()[1]),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": _native.FileWrapper,
    }
    server = _native.Server(application, (listener.fileno(),), (environ,), failed, **keywords)
    count = max(keywords.get("threads", 1), keywords.get("max_threads", 0)) + 1
    threads = [threading.Thread(target=server.run, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    print(listener.getsockname()[1], flush=True)
    sys.stdin.read()
    server.stop()
    for thread in threads:
        thread.join()
    listener.close()


def forwarding(**words: object) -> _native.Forwarding:
    return _native.Forwarding(
        **{
            name: tuple(map(tuple_or_plain, value)) if isinstance(value, list) else value
            for name, value in words.items()
        }
    )


def tuple_or_plain(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def failed(request: str, error: BaseException) -> None:
    print("failed:", request, file=sys.stderr)
    traceback.print_exception(type(error), error, error.__traceback__)


if __name__ == "__main__":
    main(*sys.argv[1:])
