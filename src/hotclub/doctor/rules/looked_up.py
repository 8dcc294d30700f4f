"""HC109: objects looked up one at a time, where no relation leads to them.

`get()`, `first()` or a filter, run again and again by the same expression, called from the same
place, for other values of the same columns. What is fetched in chunks on purpose, page by page or
a range at a time, differs in more than that; and for two or three values nobody rewrites code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from hotclub.doctor._seen import NO_FACTS, Seen, Sighting
from hotclub.doctor.rules._expression import expression
from hotclub.recording import Batch, Query

CODE = "HC109"
TITLE = "objects looked up one at a time"
ADVICE = {
    "get": "look all of them up before the loop with in_bulk(), or follow a relation that is "
    "loaded eagerly",
    "get_written": "rows are written between the lookups: look all of them up before the loop with "
    "in_bulk() only where no lookup has to see what was written before it",
    "filtered": "fetch all of them before the loop with one query (…__in=…) and group them, or "
    "follow a relation that is loaded eagerly",
}
FEWEST = 3
"""Different values, below which it is no loop worth a rewrite."""

_EQUALS = re.compile(r"(?:=\s*|\bIN \()$")
_CACHED = frozenset({"contenttypes.ContentType", "sessions.Session", "sites.Site"})
Run = tuple[Batch, Query]


def look(seen: Seen) -> Iterator[Sighting]:
    """Every such loop of one request."""
    for runs in _loops(seen):
        yield _sighting(seen, runs)


def queries(seen: Seen) -> set[int]:
    """The spans of the queries that belong to such loops."""
    return {query.span.id for runs in _loops(seen) for _, query in runs}


def _loops(seen: Seen) -> Iterator[Sequence[Run]]:
    groups: dict[tuple[int | None, int | None, str], list[Run]] = {}
    for batch in seen.batches:
        asked = seen.queries_of.get(batch.id, ())
        if not _is_root(batch) or len(asked) != 1 or not asked[0].sql:
            continue
        key = (batch.created_stack, batch.trigger_stack, asked[0].sql)
        groups.setdefault(key, []).append((batch, asked[0]))
    for runs in groups.values():
        if _is_loop(seen, runs):
            yield runs


def _is_root(batch: Batch) -> bool:
    return batch.parent is None and batch.relation is None and batch.model not in _CACHED


def _is_loop(seen: Seen, runs: Sequence[Run]) -> bool:
    if len(runs) < FEWEST or not _are_lookups([query for _, query in runs]):
        return False
    spans = [query.span for _, query in runs]
    if any(seen.enclosing(span, kind) for span in spans for kind in ("permission", "delete")):
        return False
    return not _is_between(seen, runs, ("INSERT",))


def _is_between(seen: Seen, runs: Sequence[Run], verbs: tuple[str, ...]) -> bool:
    """Whether such a statement is run between the first of these and the last."""
    first, last = (query.span.started_ns for _, query in (runs[0], runs[-1]))
    return any(
        first < query.span.started_ns < last and query.fingerprint.startswith(verbs)
        for query in seen.queries
    )


def _are_lookups(asked: Sequence[Query]) -> bool:
    """Whether only the values differ that some columns are compared with for equality."""
    values = [query.params for query in asked]
    if not all(isinstance(each, list) for each in values):
        return False
    if len({str(each) for each in values}) < FEWEST or len({len(each) for each in values}) != 1:
        return False
    pieces = (asked[0].sql or "").split("%s")
    varied = [
        at for at, those in enumerate(zip(*values, strict=True)) if len(set(map(str, those))) > 1
    ]
    return len(pieces) == len(values[0]) + 1 and all(_is_equality(pieces, at) for at in varied)


def _is_equality(pieces: Sequence[str], at: int) -> bool:
    before, after = pieces[at], pieces[at + 1]
    if before.endswith("IN ("):
        return after.startswith(")")
    return bool(_EQUALS.search(before))


def _shape(seen: Seen, runs: Sequence[Run]) -> str:
    if "LIMIT 21" not in (runs[0][1].sql or ""):
        return "filtered"
    return "get_written" if _is_between(seen, runs, ("DELETE", "UPDATE")) else "get"


def _sighting(seen: Seen, runs: Sequence[Run]) -> Sighting:
    batch, query = runs[0]
    found = expression(seen, batch)
    shape = _shape(seen, runs)
    return Sighting(
        code=CODE,
        title=TITLE,
        request=seen.request,
        expression=found.places,
        trigger=seen.stack(batch.trigger_stack),
        path=(),
        queryset=batch.queryset or NO_FACTS,
        model=batch.model,
        loaded=batch.model,
        shape=shape,
        members=len({str(query.params) for _, query in runs}),
        loads=len(runs),
        queries=len(runs),
        rows=sum(batch.size for batch, _ in runs),
        duration_ns=sum(batch.duration_ns for batch, _ in runs),
        sql=query.sql or "",
        callers=found.callers,
        climbed=found.climbed,
        advice=ADVICE[shape],
        statement=query.statement_id,
    )
