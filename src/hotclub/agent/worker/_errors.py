"""Saying what went wrong in terms of the project's own source."""

from __future__ import annotations

import linecache
import os
import traceback
from types import TracebackType
from typing import Any


class Failure(Exception):
    """A call cannot be answered; ``error`` is the answer's."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(error["message"])
        self.error = error


def failure(kind: str, message: str) -> Failure:
    """A failure that is no exception of the project's."""
    return Failure({"kind": kind, "message": message})


def describe(kind: str, error: BaseException, tree: str, message: str = "") -> dict[str, Any]:
    """An exception as an answer's error, placed at the project's own innermost frame."""
    if isinstance(error, SyntaxError):
        text = f"{type(error).__name__}: {error.msg}"
    else:
        text = "".join(traceback.format_exception_only(type(error), error)).strip()
    return {
        "kind": kind,
        "type": type(error).__name__,
        "message": f"{message}: {text}" if message else text,
        **own_frame(error, tree),
    }


def own_frame(error: BaseException, tree: str) -> dict[str, Any]:
    """``file`` (relative to the tree), ``line``, ``code``, ``function``; empty if none is ours.

    A syntax error names its own place. Where no frame of the exception is the project's, the
    ones it was raised from are looked at.
    """
    if isinstance(error, SyntaxError) and _is_own(error.filename or "", tree):
        code = (error.text or "").strip()
        return _place(error.filename or "", error.lineno or 1, code, "", tree)
    seen: BaseException | None = error
    while seen is not None:
        found = _innermost(seen.__traceback__, tree)
        if found:
            return found
        seen = seen.__cause__ or seen.__context__
    return {}


def _innermost(trace: TracebackType | None, tree: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    while trace is not None:
        code = trace.tb_frame.f_code
        if _is_own(code.co_filename, tree):
            source = linecache.getline(code.co_filename, trace.tb_lineno).strip()
            found = _place(code.co_filename, trace.tb_lineno, source, code.co_name, tree)
        trace = trace.tb_next
    return found


def _is_own(path: str, tree: str) -> bool:
    return path.startswith(tree + os.sep) and "/site-packages/" not in path


def _place(path: str, line: int, code: str, function: str, tree: str) -> dict[str, Any]:
    file = os.path.relpath(path, tree)
    return {"file": file, "line": line, "code": code, "function": function}
