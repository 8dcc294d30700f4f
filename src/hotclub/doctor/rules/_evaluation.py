"""What there is to say about one evaluation of a queryset, all of its instances together."""

from __future__ import annotations

from collections.abc import Mapping

from hotclub.doctor._seen import Seen, Sighting, site_of
from hotclub.doctor.finding import Place
from hotclub.doctor.rules._expression import expression
from hotclub.recording import Batch


def evaluation(
    seen: Seen, batch: Batch, trigger: tuple[Place, ...], spared: float, words: Mapping[str, str]
) -> Sighting:
    """One sighting; ``words`` are its ``code``, ``title``, ``advice`` and ``detail``."""
    found = expression(seen, batch)
    queries = seen.queries_of.get(batch.id, [])
    return Sighting(
        code=words["code"],
        title=words["title"],
        request=seen.request,
        expression=found.places,
        trigger=trigger,
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
        advice=words["advice"],
        detail=words["detail"],
        site=site_of(seen, batch),
        spared=spared,
        saves=0,
    )
