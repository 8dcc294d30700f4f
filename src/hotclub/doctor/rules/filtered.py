"""HC402: a queryset filtered in Python, most of whose rows were thrown away.

The source has one loop over the queryset with a condition on columns of the row, and the recording
says that of most rows nothing but those columns was read.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from hotclub.doctor._seen import Seen, Sighting
from hotclub.doctor.rules._consumed import Consumer, consumers, tested_columns
from hotclub.doctor.rules._loaded import loaded

CODE = "HC402"
TITLE = "rows loaded and filtered in Python"
ADVICE = "filter in the database: .filter({columns})"
LEAST = 10
_THROWN_AWAY = 0.5
"""Of the rows, at least."""


def look(seen: Seen) -> Iterator[Sighting]:
    """Every such queryset of one request."""
    for consumer in consumers(seen, LEAST):
        test = _test(consumer)
        columns = tested_columns(consumer, test) if test is not None else []
        kept = _kept(consumer, columns)
        if columns and kept <= consumer.batch.size * (1 - _THROWN_AWAY):
            said = ", ".join(f"{column}=…" for column in columns)
            left = kept / consumer.batch.size
            yield loaded(seen, consumer, CODE, TITLE, ADVICE.format(columns=said), left)


def _test(consumer: Consumer) -> ast.expr | None:
    """The condition that every row has to meet before anything is done with it."""
    loop = consumer.loop
    if not isinstance(loop, ast.For):
        clauses = loop.generators[0].ifs
        return clauses[0] if len(clauses) == 1 else None
    first = loop.body[0]
    if not isinstance(first, ast.If) or first.orelse:
        return None
    skips = len(first.body) == 1 and isinstance(first.body[0], ast.Continue)
    return first.test if skips or len(loop.body) == 1 else None


def _kept(consumer: Consumer, columns: list[str]) -> int:
    """Of how many rows more than the condition was read; all, if that is not known."""
    reads = consumer.reads.reads
    others = (count for column, count in reads.items() if column not in columns)
    return min(consumer.batch.size, max(others, default=consumer.batch.size))
