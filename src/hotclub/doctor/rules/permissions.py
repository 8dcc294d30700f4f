"""HC110: a permission asked for each object, where every answer takes queries.

Django's own backend loads a user's permissions once and answers nothing for single objects.
Backends that do (django-guardian's, a project's own) ask the database each time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from hotclub.doctor._seen import NO_FACTS, Seen, Sighting
from hotclub.recording import Query

CODE = "HC110"
TITLE = "a permission checked with queries for each object"
ADVICE = (
    "ask once for all objects that may be seen (a filter on the permissions' table, django-"
    "guardian's get_objects_for_user()), or load the permissions of all before the loop"
)
FEWEST = 3
"""Checks with queries, below which it is no loop worth a rewrite."""


@dataclass
class _Check:
    """All checks at one place."""

    stack: int | None
    checks: set[int] = field(default_factory=set)
    queries: list[Query] = field(default_factory=list)


def look(seen: Seen) -> Iterator[Sighting]:
    """Every such loop of one request."""
    for check in _loops(seen):
        yield _sighting(seen, check)


def queries(seen: Seen) -> set[int]:
    """The spans of the queries that belong to such loops."""
    return {query.span.id for check in _loops(seen) for query in check.queries}


def _loops(seen: Seen) -> Iterator[_Check]:
    found: dict[int | None, _Check] = {}
    if any(span.kind == "permission" for span in seen.spans.values()):
        for query in seen.queries:
            span = seen.enclosing(query.span, "permission")
            if span is not None:
                check = found.setdefault(span.stack_id, _Check(span.stack_id))
                check.checks.add(span.id)
                check.queries.append(query)
    for check in found.values():
        if len(check.checks) >= FEWEST:
            yield check


def _sighting(seen: Seen, check: _Check) -> Sighting:
    places = seen.stack(check.stack)
    first = check.queries[0]
    asked = [seen.spans[number] for number in check.checks]
    by_code = bool(places) and places[0].in_project and places[0].kind in ("call", "line")
    return Sighting(
        code=CODE,
        title=TITLE,
        request=seen.request,
        expression=places if by_code else (),
        trigger=places,
        path=(),
        queryset=NO_FACTS,
        model="",
        loaded="",
        shape="permission",
        members=len(asked),
        loads=len(asked),
        queries=len(check.queries),
        rows=sum(query.rows or 0 for query in check.queries),
        duration_ns=sum(span.duration_ns for span in asked),
        sql=first.sql or "",
        advice=ADVICE,
        statement=first.statement_id,
    )
