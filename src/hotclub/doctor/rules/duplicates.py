"""HC201: the very same query, values and all, run again within one request.

Only what was *read* twice counts, and only when nothing was written in between, since after a
write the second reading may differ. Loads that belong to a loop over a relation are that loop's
finding, not this one's; sessions and savepoints are the framework's own housekeeping. The
description of an API asks every view for its querysets, whatever they look up on the way: nobody
waits for that, and no two views share an answer.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

from hotclub.doctor._seen import NO_FACTS, Seen, Sighting
from hotclub.doctor._whose import is_own_user
from hotclub.doctor.finding import SINGLE_VALUED, Place
from hotclub.doctor.rules import looked_up, permissions
from hotclub.doctor.rules._expression import expression, made_at
from hotclub.doctor.rules._loops import is_loop
from hotclub.recording import Batch, Query

CODE = "HC201"
TITLE = "the same query run again in one request"
REASON = "the query is repeated, not missing a relation: run it once and keep the result"
OPENAPI = "application/vnd.oai.openapi"

_READS = re.compile(r"\s*(?:SELECT|WITH)\b", re.IGNORECASE)
_HOUSEKEEPING = re.compile(
    r"\s*(?:SAVEPOINT|RELEASE|ROLLBACK|BEGIN|COMMIT|SET|PRAGMA|EXPLAIN)\b", re.IGNORECASE
)
_SESSION = re.compile(r"\bdjango_session\b")


def look(seen: Seen) -> Iterator[Sighting]:
    """Every group of two or more equal queries of one request."""
    if _describes_api(seen):
        return
    visitor = _visitor(seen)
    looping = {batch.id for batch in seen.batches if _inside_loop(batch)}
    told = looked_up.queries(seen) | permissions.queries(seen)
    for same in _groups(seen.queries):
        repeated = _of_one_relation(seen, _without_own_user(seen, same), visitor)
        repeated = [
            query for query in repeated
            if query.span.batch_id not in looping and query.span.id not in told
        ]  # fmt: skip
        if len(repeated) >= 2 and not _by_chance(seen, repeated):
            found = _sighting(seen, repeated)
            if not _by_change_list(found.trigger):
                yield found


def is_write(query: Query) -> bool:
    """Whether a query may have changed what another one reads."""
    sql = query.sql or ""
    return bool(sql) and not (_is_housekeeping(sql) or _READS.match(sql))


@lru_cache(maxsize=4096)
def _is_housekeeping(sql: str) -> bool:
    return bool(_HOUSEKEEPING.match(sql) or _SESSION.search(sql.lower()))


def _describes_api(seen: Seen) -> bool:
    headers = {name.lower(): value for name, value in seen.request.response_headers}
    return headers.get("content-type", "").startswith(OPENAPI)


def _by_change_list(trigger: tuple[Place, ...]) -> bool:
    """Whether it is Django's change list that counts its rows twice, as it does by design."""
    return bool(trigger) and trigger[0].attribute == "list_select_related"


def _without_own_user(seen: Seen, same: list[Query]) -> list[Query]:
    """Without the load of ``request.user``, if the others are relations of something else."""
    others = [seen.by_number.get(query.span.batch_id or 0) for query in same[1:]]
    related = all(batch is not None and batch.relation is not None for batch in others)
    own = is_own_user(same[0], seen.request, seen.by_number, seen.stacks.user_model)
    return same[1:] if own and related else same


def _of_one_relation(seen: Seen, same: list[Query], visitor: Batch | None) -> list[Query]:
    """Without what other relations led to: that a product's author is its editor as well lies in
    the data, and would be no answer to keep."""
    batches = seen.by_number
    relations = [_relation(batches.get(query.span.batch_id or 0), visitor) for query in same]
    model = seen.stacks.user_model
    own = any(is_own_user(one, seen.request, batches, model, related=True) for one in same[:1])
    counts = Counter(relation for relation in relations if relation or own)
    if len(counts) < 2:
        return same
    kept = counts.most_common(1)[0][0]
    pairs = zip(same, relations, strict=True)
    return [query for query, relation in pairs if relation == kept or not (relation or own)]


def _by_chance(seen: Seen, same: list[Query]) -> bool:
    """Whether the same line asks as often for something else: a picture that is shown twice among
    many, each of which is asked for by itself."""
    lines = {_line(seen, query) for query in same[1:]}
    others = [
        query
        for query in seen.queries
        if query.sql == same[0].sql and query.params != same[0].params
        if _line(seen, query) in lines
    ]
    return len(others) >= len(same) - 1


def _line(seen: Seen, query: Query) -> tuple[str, int]:
    place = next(iter(seen.stack(query.span.stack_id)), None)
    return (place.path, place.line) if place is not None else ("", 0)


def _visitor(seen: Seen) -> Batch | None:
    """The batch of ``request.user``."""
    for query in seen.queries:
        if is_own_user(query, seen.request, seen.by_number, seen.stacks.user_model):
            return seen.by_number.get(query.span.batch_id or 0)
    return None


def _relation(batch: Batch | None, visitor: Batch | None) -> tuple[str, str, bool] | None:
    """The single-valued relation that a batch is the load of, with its owner's model, and whether
    it was the visitor that led there."""
    if batch is None or batch.parent is None or batch.relation_kind not in SINGLE_VALUED:
        return None
    return (batch.parent.model, batch.relation or "", batch.root is visitor)


def _inside_loop(batch: Batch) -> bool:
    return any(is_loop(step) for step in (batch, *batch.path))


def _groups(queries: list[Query]) -> list[list[Query]]:
    """Two or more equal reads between two writes, in the order of their first."""
    finished: list[list[Query]] = []
    open_groups: dict[tuple[str, str, str], list[Query]] = {}
    for query in queries:
        if query.sql is None or _is_housekeeping(query.sql):
            continue
        if is_write(query):
            finished += open_groups.values()
            open_groups = {}
            continue
        values = json.dumps(query.params, sort_keys=True)
        open_groups.setdefault((query.alias, query.sql, values), []).append(query)
    finished += open_groups.values()
    return [same for same in finished if len(same) > 1]


def _sighting(seen: Seen, same: list[Query]) -> Sighting:
    again = same[1:]
    batch = seen.by_number.get(again[0].span.batch_id or 0)
    ran = seen.stack(again[0].span.stack_id)
    if batch is not None:
        ran = seen.stack(batch.trigger_stack) or ran
    return Sighting(
        code=CODE,
        title=TITLE,
        request=seen.request,
        expression=_places(seen, batch),
        trigger=ran,
        path=(),
        queryset=(batch.queryset if batch else None) or NO_FACTS,
        model=batch.model if batch else "",
        loaded=batch.model if batch else "",
        shape="all",
        members=len(same),
        loads=len(same),
        queries=len(again),
        rows=sum(query.rows or 0 for query in again),
        duration_ns=sum(_whole(seen, query) for query in again),
        sql=same[0].sql or "",
        reason=REASON,
        statement=same[0].statement_id,
    )


def _places(seen: Seen, batch: Batch | None) -> tuple[Place, ...]:
    """Where the query that is run again is made, the caller of a manager first."""
    if batch is None:
        return ()
    return expression(seen, batch).places or made_at(seen, batch)


def _whole(seen: Seen, query: Query) -> int:
    """What the query took with everything the ORM did for it: its fetch span, if it has one."""
    parent = seen.spans.get(query.span.parent_id or 0)
    if parent is not None and parent.kind == "fetch":
        return parent.duration_ns
    return query.span.duration_ns
