"""From a code object and an instruction to the exact node in the source.

`co_positions()` (CPython 3.11 and later) names the span of every instruction, with three twists
that are undone here.

Columns are offsets into the line as UTF-8; what the rest of hotclub speaks is code points, so
the line is read, in the encoding that the file declares (PEP 263).

Where a chain of calls runs over several lines, the compiler moves the start of the span to the
last attribute's name, so that tracebacks show the line of `.filter` and not that of `Product`
(`update_start_location_to_match_attr` in CPython's compile.c). The end stays. No two calls end
at the same closing parenthesis and no two attributes at the same name, so the end finds the
node in the file's syntax tree, and the node has the true start.

CPython 3.11 says of asking for a loop's iterator that the whole `for` statement does it. What does
it is what stands after `in`.

Before 3.11, and under `-X no_debug_ranges`, only the line is known.
"""

from __future__ import annotations

import ast
import hashlib
import io
import tokenize
from functools import cached_property, lru_cache
from itertools import islice
from types import CodeType
from typing import NamedTuple


class Position(NamedTuple):
    """Lines from 1; columns in code points from 0, None where only the line is known."""

    line: int
    column: int | None
    end_line: int | None
    end_column: int | None


class Source:
    """A source file as the interpreter reads it, and its hash."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.sha256 = hashlib.sha256(content).hexdigest()
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        # Only the newlines that Python knows: str.splitlines() would break at form feeds too.
        text = io.TextIOWrapper(io.BytesIO(content), encoding, newline=None).read()
        self.lines = text.split("\n")

    def column(self, line: int, offset: int) -> int | None:
        """The code points before this UTF-8 offset; None when it lies in no character."""
        if not 1 <= line <= len(self.lines):
            return None
        encoded = self.lines[line - 1].encode("utf-8", "surrogatepass")
        try:
            return len(encoded[:offset].decode()) if offset <= len(encoded) else None
        except UnicodeDecodeError:
            return None

    def starts_after_dot(self, line: int, column: int) -> bool:
        """Whether what starts there may be the name in an attribute, the rest being before."""
        before = self.lines[line - 1][:column].rstrip()
        return not before or before.endswith(".")

    @cached_property
    def starts(self) -> dict[Point, Point]:
        """End → start of every call and attribute, columns as UTF-8 offsets."""
        spans = (_span(n) for n in self._nodes if isinstance(n, (ast.Call, ast.Attribute)))
        return {end: start for start, end in spans}

    @cached_property
    def iterated(self) -> dict[Span, Span]:
        """The span of every `for` statement → that of what it iterates over."""
        loops = (node for node in self._nodes if isinstance(node, (ast.For, ast.AsyncFor)))
        return {_span(loop): _span(loop.iter) for loop in loops}

    @cached_property
    def _nodes(self) -> list[ast.AST]:
        try:
            return list(ast.walk(ast.parse(self._content)))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return []


Point = tuple[int, int]
Span = tuple[Point, Point]


def _span(node: ast.expr | ast.stmt) -> Span:
    end = (node.end_lineno or 0, node.end_col_offset or 0)
    return (node.lineno, node.col_offset), end


@lru_cache(maxsize=1024)
def source(path: str) -> Source | None:
    """The file, read once; None when there is none or it cannot be decoded."""
    try:
        with open(path, "rb") as file:
            return Source(file.read())
    except (OSError, ValueError, LookupError, SyntaxError):
        return None


def locate(code: CodeType, lasti: int) -> Position:
    """Where the instruction at this offset (in bytes, as `frame.f_lasti`) stands in the source.

    Never fails: what is not known is None, and the line is at least the function's own.
    """
    line, end_line, offset, end_offset = _raw(code, lasti)
    only_line = Position(line or _line(code, lasti), None, None, None)
    if not line or end_line is None or offset is None or end_offset is None:
        return only_line
    text = source(code.co_filename)
    if text is not None:
        whole = (line, offset), (end_line, end_offset)
        (line, offset), (end_line, end_offset) = text.iterated.get(whole, whole)
    column = text.column(line, offset) if text else None
    end_column = text.column(end_line, end_offset) if text else None
    if text is None or column is None or end_column is None:
        return only_line
    if text.starts_after_dot(line, column):
        start = text.starts.get((end_line, end_offset), (line, offset))
        line, offset = min(start, (line, offset))
        column = text.column(line, offset)
    return Position(line, column, end_line, end_column)


def _raw(code: CodeType, lasti: int) -> tuple[int | None, int | None, int | None, int | None]:
    nothing = (None, None, None, None)
    positions = getattr(code, "co_positions", None)
    if positions is None or lasti < 0:
        return nothing
    # One entry for each code unit of two bytes; an instruction's caches repeat its own.
    return next(islice(positions(), lasti // 2, None), nothing)


def _line(code: CodeType, lasti: int) -> int:
    for start, end, line in code.co_lines():
        if start <= lasti < end and line is not None:
            return line
    return code.co_firstlineno
