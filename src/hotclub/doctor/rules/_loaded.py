"""What there is to say about rows that were loaded for a loop to take little of."""

from __future__ import annotations

from hotclub.doctor._seen import Seen, Sighting, site_of
from hotclub.doctor.rules._consumed import Consumer
from hotclub.doctor.rules._expression import expression

VALUES = 0.2
"""Of an instance's price, what a bare value still costs."""


def loaded(
    seen: Seen, consumer: Consumer, code: str, title: str, advice: str, kept: float = 0.0
) -> Sighting:
    """One sighting; `kept` is the part of the instances' price that is left."""
    batch = consumer.batch
    found = expression(seen, batch)
    queries = seen.queries_of.get(batch.id, [])
    read = ", ".join(sorted(consumer.reads.reads)) or "nothing"
    of = f"{consumer.reads.columns} columns"
    return Sighting(
        code=code,
        title=title,
        request=seen.request,
        expression=found.places,
        trigger=consumer.places,
        path=(),
        queryset=batch.queryset or {},
        model=batch.model,
        loaded=batch.model,
        shape="all",
        members=batch.size,
        loads=1,
        queries=batch.queries,
        rows=batch.size,
        duration_ns=batch.duration_ns,
        sql=next((query.sql for query in queries if query.sql), ""),
        callers=found.callers,
        climbed=found.climbed,
        advice=advice,
        detail=f"{batch.size:,} of {batch.model} were made, of whose {of} only {read} was read",
        site=site_of(seen, batch),
        spared=batch.size * (1 - kept),
        saves=0,
    )
