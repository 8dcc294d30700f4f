"""HC105: eager loading that no request looked at, or that costs more queries than it saves.

A deep recording counts the owners whose joined or prefetched relation was looked at. One look in
one request is reason enough for eager loading wherever the same queryset is made, unless it took
more queries than single loads would have.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from hotclub.doctor._seen import Seen, Sighting
from hotclub.doctor.finding import Place
from hotclub.doctor.rules._across import is_whole
from hotclub.doctor.rules._expression import made_at
from hotclub.doctor.rules._loops import climb, is_defeated, sighting
from hotclub.doctor.rules._named import Named
from hotclub.recording import Batch

CODE = "HC105"
TITLE = "eager loading that nothing looks at"
COSTLY = "eager loading that costs more queries than it saves"
SHAPE = "eager"
LEAST = 2
"""Owners from which a join is worth a word; a prefetch is a query, however many there are."""


@dataclass
class _Use:
    """One relation, eagerly loaded for what is made at one place."""

    what: tuple[str, str | None]
    """The model that is loaded, and by which relation."""
    queries: int = 0
    touched: int = 0
    rows: int = 0
    named: bool = False
    """Whether a function that ran reads it in another branch."""
    unused: list[Sighting] = field(default_factory=list)


class Watcher:
    """Of all requests, which eagerly loaded relations were looked at."""

    def __init__(self) -> None:
        self._uses: dict[tuple[object, ...], _Use] = {}
        self._cached: set[tuple[str, str | None]] = set()
        self._named = Named()

    def add(self, seen: Seen) -> None:
        """Take note of one request."""
        self._cached.update(_cached(seen))
        if not is_whole(seen):
            return
        for batch in seen.batches:
            touched = seen.looks.get(batch.id)
            if touched is None or batch.parent is None or not batch.parent.size:
                continue
            found = of(seen, batch)
            if found is None:
                continue
            what = batch.model, batch.relation
            use = self._uses.setdefault((_innermost(seen, batch), found.path), _Use(what))
            use.touched += touched
            use.rows += batch.size
            if seen.request.by_test:  # of few rows: a look tells something, the numbers do not
                continue
            use.queries += found.queries
            cheap = not found.queries and found.members < LEAST
            if not (touched or cheap or _is_answered_elsewhere(batch)):
                use.unused.append(found)
                use.named = use.named or self._named.reads(seen, batch.relation or "")

    def sightings(self) -> Iterator[Sighting]:
        """Those that nobody looked at, then those that few did."""
        for use in self._uses.values():
            if use.named or use.what in self._cached:
                continue
            if not use.touched:
                yield from use.unused if use.rows else ()
            elif use.queries > use.touched:
                advice = (
                    f"{use.queries} queries were made so that {use.touched} need not be: "
                    "load it eagerly only where it is looked at"
                )
                yield from (replace(each, title=COSTLY, advice=advice) for each in use.unused)


def of(seen: Seen, batch: Batch) -> Sighting | None:
    """What there is to say of one eagerly loaded batch, if it should turn out unused."""
    found = sighting(seen, batch, CODE, TITLE)
    if not found.expression:
        return None
    lookup = "__".join(step.relation for step in found.path)
    call = "select_related" if batch.via == "select_related" else "prefetch_related"
    advice = f"take {lookup} out of {call}()"
    members = batch.parent.size if batch.parent is not None else 0
    return replace(found, shape=SHAPE, advice=advice, reason="", members=members)


def _innermost(seen: Seen, batch: Batch) -> tuple[Place, ...]:
    """Where the queryset is made, whoever asked for it."""
    origin = climb(seen, batch).batch
    return made_at(seen, origin)[:1] if origin is not None else ()


def _cached(seen: Seen) -> Iterator[tuple[str, str | None]]:
    """Model and relation of what was loaded lazily to fill a cache."""
    for batch in seen.batches:
        loads = seen.loads_of.get(batch.id, ())
        if batch.relation and any(seen.enclosing(span, "cache") for span in loads):
            yield batch.model, batch.relation


def _is_answered_elsewhere(batch: Batch) -> bool:
    """Whether it is a prefetch that a filter defeats, which is a finding of its own."""
    siblings = batch.parent.children if batch.parent is not None else ()
    return any(one.relation == batch.relation and is_defeated(one) for one in siblings)
