"""HC404: one queryset asked for a part of itself, and then run whole.

`count()`, `exists()`, `first()` and `[0]` of a queryset whose rows are not there are queries, and
iterating over the same queryset afterwards is another, whose answer holds theirs. A place where a
count was not followed by the rows, though there were some, keeps it from being a finding: there
the count decides whether the rows are wanted.
"""

from __future__ import annotations

from collections.abc import Iterator

from hotclub.doctor._seen import Denial, Seen, Sighting, denial
from hotclub.doctor.finding import Place
from hotclub.doctor.rules._expression import expression
from hotclub.doctor.rules._used import Event, Use, at, is_whole, uses
from hotclub.doctor.rules.duplicates import is_write
from hotclub.recording import Batch, Query

CODE = "HC404"
TITLE = "a queryset asked first and then run whole"
ADVICE = "run it once and ask the rows: rows = list(queryset), then len(rows), if rows, rows[0]"
_SQL = {"count": "COUNT(", "exists": "LIMIT 1"}
_ASKS = frozenset({"count", "exists", "first", "last", "index"})


def look(seen: Seen) -> Iterator[Sighting]:
    """Every such queryset of one request."""
    for use in uses(seen):
        whole = use.evaluating
        if whole is None or use.batch is None or not is_whole(use.batch):
            continue
        end = use.events.index(whole)
        before = [event for event in _asked(use) if use.events.index(event) < end]
        queries = [query for event in before if (query := _query(seen, use, event)) is not None]
        ours = bool(before) and any(place.in_project for place in _where(seen, use, before[0])[:1])
        if ours and len(queries) == len(before) and not _written(seen, queries[0], use.batch):
            yield _sighting(seen, use, use.batch, before, queries)


def deny(seen: Seen) -> Iterator[Denial]:
    """Places where the answer was yes, and the rows were not asked for."""
    for use in uses(seen):
        if use.evaluating is None and any(event.answer for event in _asked(use)):
            for place in seen.stack(use.made):
                yield denial(CODE, (place,))


def _where(seen: Seen, use: Use, event: Event) -> tuple[Place, ...]:
    """Where it was asked; where the queryset was made, if a thread of Django's asked."""
    return at(seen, event) or seen.stack(use.made)


def _asked(use: Use) -> list[Event]:
    return [event for event in use.events if event.what in _ASKS and not event.evaluated]


def _query(seen: Seen, use: Use, event: Event) -> Query | None:
    """The query that an event ran."""
    for query in seen.queries:
        batch = seen.by_number.get(query.span.batch_id or 0)
        if batch is use.batch:
            continue
        ran = query.span.stack_id if batch is None else batch.trigger_stack
        fits = _SQL.get(event.what, "") in (query.sql or "") if batch is None else True
        if ran == event.stack and fits and (batch is None or batch.model == use.model):
            return query
    return None


def _written(seen: Seen, first: Query, batch: Batch) -> bool:
    """Whether something was written between the question and the rows."""
    whole = seen.queries_of.get(batch.id, [])
    if not whole:
        return True
    began, ended = first.span.started_ns, whole[0].span.started_ns
    between = (query for query in seen.queries if began < query.span.started_ns < ended)
    return began > ended or any(map(is_write, between))


def _sighting(
    seen: Seen, use: Use, batch: Batch, before: list[Event], queries: list[Query]
) -> Sighting:
    found = expression(seen, batch)
    names = {"index": "[0]"}
    what = " and ".join(names.get(event.what, f".{event.what}()") for event in before)
    return Sighting(
        code=CODE,
        title=TITLE,
        request=seen.request,
        expression=found.places,
        trigger=_where(seen, use, before[0]),
        path=(),
        queryset=batch.queryset or {},
        model=batch.model,
        loaded=batch.model,
        shape="all",
        members=batch.size,
        loads=1 + len(before),
        queries=len(before),
        rows=sum(query.rows or 0 for query in queries),
        duration_ns=sum(query.span.duration_ns for query in queries),
        sql=queries[0].sql or "",
        callers=found.callers,
        climbed=found.climbed,
        advice=ADVICE,
        detail=f"{what}, then {batch.size:,} of {batch.model}",
        statement=queries[0].statement_id,
    )
