"""HC405: heavy columns that were brought with every row and read of none.

Only what weighs something is said: texts, JSON and binary of some length. One finding for each
column, and none if any request reads it of the rows of the same expression.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hotclub.doctor._seen import Denial, Seen, Sighting, denial, site_of
from hotclub.doctor.finding import Step
from hotclub.doctor.rules._expression import Expression, expression
from hotclub.doctor.rules._used import Reads, is_whole, reads, uses_of
from hotclub.recording import Batch

CODE = "HC405"
TITLE = "a heavy column loaded and never read"
LEAST_ROWS = 2
LEAST_BYTES = 20_000
"""In a request."""
LEAST_EACH = 200
"""In a row."""
SHAPE = "unread"


@dataclass(frozen=True)
class _Heavy:
    """The instances of an expression's queryset, or what it joined to them."""

    root: Batch
    batch: Batch
    found: Expression
    reads: Reads

    def path(self, column: str) -> tuple[Step, ...]:
        joined = [Step(b.relation or "", b.relation_kind or "", "") for b in self.batch.path]
        return (*joined, Step(column, "column", self.batch.model))


def look(seen: Seen) -> Iterator[Sighting]:
    """Every such column of one request."""
    for heavy in _heavy(seen):
        notes, size = heavy.reads, heavy.batch.size
        # Rows of which nobody read anything are another rule's, or were read unseen.
        if notes.opaque or not notes.reads or size < LEAST_ROWS:
            continue
        for column, weight in notes.sizes.items():
            light = weight < LEAST_BYTES or weight < LEAST_EACH * size
            if column not in notes.reads and not light:
                yield _sighting(seen, heavy, column, weight)


def deny(seen: Seen) -> Iterator[Denial]:
    """Columns that are read, and expressions of whose instances it is not known."""
    for heavy in _heavy(seen):
        if heavy.reads.opaque:
            yield denial(CODE, heavy.found.places)
        for column in heavy.reads.sizes.keys() & heavy.reads.reads.keys():
            lookup = "__".join(step.relation for step in heavy.path(column))
            yield denial(CODE, heavy.found.places, lookup)


def _heavy(seen: Seen) -> Iterator[_Heavy]:
    used = uses_of(seen)
    for number, notes in reads(seen).items():
        batch = seen.by_number.get(number)
        if batch is None or not notes.sizes and batch.via != "select_related":
            continue
        root = batch
        while root.via == "select_related" and root.parent is not None:
            root = root.parent
        copied = any(e.what == "copy" for use in used.get(root.id, ()) for e in use.events)
        found = expression(seen, root) if root.queryset and not copied else Expression()
        if found and (is_whole(root) or root.via == "query"):
            yield _Heavy(root, batch, found, notes)


def _sighting(seen: Seen, heavy: _Heavy, column: str, weight: int) -> Sighting:
    root, batch = heavy.root, heavy.batch
    queries = seen.queries_of.get(root.id, [])
    return Sighting(
        code=CODE,
        title=TITLE,
        request=seen.request,
        expression=heavy.found.places,
        trigger=seen.stack(root.trigger_stack),
        path=heavy.path(column),
        queryset=root.queryset or {},
        model=root.model,
        loaded=batch.model,
        shape=SHAPE,
        members=batch.size,
        loads=1,
        queries=root.queries,
        rows=batch.size,
        duration_ns=root.duration_ns,
        sql=next((query.sql for query in queries if query.sql), ""),
        callers=heavy.found.callers,
        climbed=heavy.found.climbed,
        advice=f'leave it to those who read it: .defer("{_lookup(heavy, column)}")',
        detail=f"{column} weighed {weight / 1000:,.0f} kB in {batch.size:,} of {batch.model}",
        site=site_of(seen, root),
        saves=0,
    )


def _lookup(heavy: _Heavy, column: str) -> str:
    return "__".join(step.relation for step in heavy.path(column))
