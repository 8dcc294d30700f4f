"""The server's own log, for the server's own code: whichever logger the configuration names.

Before there is one, lines go to standard error in the layout that the default logger has.
"""

from __future__ import annotations

import os
import sys
import time
import traceback
from typing import Any

_logger: Any = None


def use(logger: Any) -> None:
    """From now on write to this logger (:class:`hotclub.serve.Logger` or one with its methods)."""
    global _logger
    _logger = logger


def current() -> Any:
    """The logger in use, None at first."""
    return _logger


def log(level: str, message: str) -> None:
    """Write ``[time] [pid] [LEVEL] message``; what cannot be written is lost silently."""
    if _logger is not None:
        getattr(_logger, level.lower())(message)
        return
    stamp = time.strftime("%Y-%m-%d %H:%M:%S %z")
    write(f"[{stamp}] [{os.getpid()}] [{level}] {message}\n")


def debug(message: str) -> None:
    """Log what only somebody looking for a fault wants to know."""
    if _logger is not None:
        log("DEBUG", message)


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
    failed(f"the application failed on {request}", failure)


def failed(what: str, failure: BaseException) -> None:
    """Log an exception with its traceback."""
    text = "".join(traceback.format_exception(type(failure), failure, failure.__traceback__))
    error(f"{what}\n{text.rstrip()}")


def write(text: str) -> None:
    """Write in one system call, so that the lines of several processes do not mix."""
    try:
        sys.stderr.flush()
        os.write(2, text.encode(errors="backslashreplace"))
    except (OSError, ValueError, AttributeError):
        return
