"""A `try` around a lookup: what it tries, and whether its handler looks at what it catches.

The edit makes the exception another one, and so must know whose it is.
"""

from __future__ import annotations

import libcst as cst

from hotclub.fix._chain import called_name, shorten
from hotclub.fix._source import Source
from hotclub.fix._variables import inside
from hotclub.fix.model import Refused

_LOOKING = frozenset({
    "capture_exception", "exc_info", "exception", "format_exc", "notice_error", "print_exc",
    "record_exception",
})  # fmt: skip
"""Calls that ask for the exception that is being handled."""


def check_tried(source: Source, line: cst.SimpleStatementLine, call: cst.Call, advice: str) -> None:
    """Raise Refused where more than the lookup is tried: it may raise a KeyError, or the row of
    something else may be missing."""
    statement = line.body[0]
    value = statement.value if isinstance(statement, (cst.Assign, cst.Expr)) else None
    plain = not isinstance(statement, cst.Assign) or (
        len(statement.targets) == 1 and isinstance(statement.targets[0].target, cst.Name)
    )
    if value is not call or not plain:
        text = shorten(source.text_of(line))
        raise Refused(f"«{text}» tries more than the lookup, give its row a name first; {advice}")


def looks_at_exception(source: Source, handler: cst.CSTNode) -> bool:
    """Whether a handler raises what it caught again, or gives it to a log."""
    again = any(one.exc is None for one in inside(source, cst.Raise, handler))
    asked = any(called_name(one) in _LOOKING for one in inside(source, cst.Call, handler))
    told = any(
        one.keyword is not None and one.keyword.value == "exc_info"
        for one in inside(source, cst.Arg, handler)
    )
    return again or asked or told
