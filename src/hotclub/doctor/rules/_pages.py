"""Lists and pages of lists, as their SQL and their rows show them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from hotclub.doctor._seen import NO_FACTS, Seen, Sighting
from hotclub.doctor.rules._expression import expression
from hotclub.recording import Batch, Query

_PAGE = re.compile(r"\bLIMIT (?P<limit>\d+)(?: OFFSET (?P<offset>\d+))?\s*$")
_FROM = re.compile(r"\bFROM\s+(?P<table>\"[^\"]+\"|`[^`]+`|\w+)(?P<joins>.*)", re.DOTALL)
_COUNT = re.compile(r"\s*SELECT COUNT\(\*\)(?: AS \S+)? FROM ", re.IGNORECASE)
_END = re.compile(r"\s(?:ORDER BY|LIMIT|GROUP BY)\s(?!.*\))", re.DOTALL)


@dataclass(frozen=True)
class Paged:
    """A query that fetched one page of a list, and the rows it brought."""

    query: Query
    batch: Batch
    limit: int
    offset: int


def pages(seen: Seen) -> Iterator[Paged]:
    """The pages of one request; what ``get()`` and ``first()`` limit is none."""
    batches = {batch.id: batch for batch in seen.batches}
    for query in seen.queries:
        batch = batches.get(query.span.batch_id or 0)
        found = _limit(query.sql or "")
        if batch is None or found is None or not is_list(batch):
            continue
        limit = int(found["limit"])
        if limit > 1:
            yield Paged(query, batch, limit, int(found["offset"] or 0))


@lru_cache(maxsize=4096)
def _limit(sql: str) -> re.Match[str] | None:
    """How a statement ends; looked for from its last LIMIT on, since statements are long."""
    return _PAGE.search(sql, max(0, sql.rfind("LIMIT ")))


def is_list(batch: Batch) -> bool:
    """Whether a batch is a queryset of its own that was read as a list."""
    facts = batch.queryset or NO_FACTS
    return batch.parent is None and batch.via == "query" and not facts.get("get")


def is_count(query: Query) -> bool:
    """Whether a query counts rows and nothing else."""
    return bool(_COUNT.match(query.sql or ""))


def counts(count: Query, page: Query) -> bool:
    """Whether the first counts the list of which the second fetches a page: the same table under
    the same conditions, whatever the page joins besides."""
    ours, theirs = _conditions(count.sql or ""), _conditions(page.sql or "")
    same = count.alias == page.alias and ours is not None and ours == theirs
    return same and _values(count) == _values(page)[: len(_values(count))]


def _conditions(sql: str) -> tuple[str, str] | None:
    found = _FROM.search(sql)
    if found is None or found["table"] == "(":
        return None
    end = _END.search(found["joins"])
    joins = found["joins"][: end.start()] if end else found["joins"]
    return found["table"], joins.partition(" WHERE ")[2].strip()


def _values(query: Query) -> list[Any]:
    return query.params if isinstance(query.params, list) else []


def page_sighting(
    seen: Seen, batch: Batch, query: Query, *, told: tuple[str, str, str], **facts: Any
) -> Sighting:
    """What a rule says of one list; ``told`` is its code, its title and its advice."""
    code, title, advice = told
    found = expression(seen, batch)
    values = {
        "trigger": seen.stack(batch.trigger_stack),
        "rows": query.rows or batch.size,
        "duration_ns": query.span.duration_ns,
        **facts,
    }
    return Sighting(
        code=code,
        title=title,
        request=seen.request,
        expression=found.places,
        path=(),
        queryset=batch.queryset or NO_FACTS,
        model=batch.model,
        loaded=batch.model,
        shape="all",
        members=batch.size,
        loads=1,
        queries=1,
        sql=query.sql or "",
        callers=found.callers,
        climbed=found.climbed,
        advice=advice,
        statement=query.statement_id,
        **values,
    )
