"""HC106: a relation that was prefetched, and asked for again with a filter for each instance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from hotclub.doctor._seen import Seen, Sighting
from hotclub.doctor.rules._loops import climb, is_defeated, is_loop, sighting

CODE = "HC106"
TITLE = "a prefetch that a later filter defeats"


def look(seen: Seen) -> Iterator[Sighting]:
    """Every such loop of one request."""
    for batch in seen.batches:
        if is_loop(batch) and is_defeated(batch):
            name = batch.relation or ""
            advice = (
                f"filter in Python what the prefetch of {name} has loaded, or give it the filter: "
                f'Prefetch("{name}", queryset=…, to_attr=…)'
            )
            found = sighting(seen, batch, CODE, TITLE)
            yield replace(found, reason=climb(seen, batch).reason, advice=advice)
