"""The server's own log: standard error, one line for each event, gunicorn's layout."""

from __future__ import annotations

import os
import sys
import time
import traceback


def log(level: str, message: str) -> None:
    """Write ``[time] [pid] [LEVEL] message``; a closed standard error loses it silently."""
    stamp = time.strftime("%Y-%m-%d %H:%M:%S %z")
    write(f"[{stamp}] [{os.getpid()}] [{level}] {message}\n")


def info(message: str) -> None:
    """Log what an operator may want to know."""
    log("INFO", message)


def warning(message: str) -> None:
    """Log what went wrong but was dealt with."""
    log("WARNING", message)


def error(message: str) -> None:
    """Log what somebody should look at."""
    log("ERROR", message)


def request_failed(request: str, failure: BaseException) -> None:
    """Log an exception that left the application, with its traceback."""
    text = "".join(traceback.format_exception(type(failure), failure, failure.__traceback__))
    error(f"the application failed on {request}\n{text.rstrip()}")


def write(text: str) -> None:
    """Write in one system call, so that the lines of several processes do not mix."""
    try:
        sys.stderr.flush()
        os.write(2, text.encode(errors="backslashreplace"))
    except (OSError, ValueError, AttributeError):
        return
