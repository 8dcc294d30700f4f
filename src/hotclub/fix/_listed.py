"""Taking some of several things out that stand beside each other with commas between them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import libcst as cst

from hotclub.fix._source import Source
from hotclub.fix.model import Edit


def without(source: Source, nodes: Sequence[cst.CSTNode], gone: Collection[int]) -> list[Edit]:
    """The edits that take those at these positions out; at least one has to be left.

    Things on lines of their own go with their lines, others with the comma before or after them.
    """
    return [_cut(source, nodes, first, last) for first, last in _runs(gone)]


def _runs(gone: Collection[int]) -> Iterator[tuple[int, int]]:
    """The first and the last one of each row of neighbours."""
    for first in sorted(gone):
        if first - 1 in gone:
            continue
        last = first
        while last + 1 in gone:
            last += 1
        yield first, last


def _cut(source: Source, nodes: Sequence[cst.CSTNode], first: int, last: int) -> Edit:
    start, end = source.span(nodes[first])[0], source.span(nodes[last])[1]
    lines = _own_lines(source, start, end)
    if lines is not None:
        return Edit(*lines, "")
    if last + 1 < len(nodes):
        return Edit(start, source.span(nodes[last + 1])[0], "")
    before = source.span(nodes[first - 1])[1] if first else start
    return Edit(before, end, "")


def _own_lines(source: Source, start: int, end: int) -> tuple[int, int] | None:
    """The lines of something that stands on lines of its own but for a comma, with the end of the
    line before: what else is added goes behind them."""
    first, last = source.line_span(start)[0], source.line_span(end)[1]
    alone = not source.text[first:start].strip() and source.text[end:last].strip() in ("", ",")
    return (first - len(source.newline), last) if alone and first else None
