"""HC301: a relation counted, tested or added up once for each instance, and never loaded.

One query of the instances can bring the numbers along. Where the same relation is also loaded
whole, prefetching it answers both, and the two become one finding of HC102 to HC104 (see
`_merge`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from hotclub.doctor._seen import Seen, Sighting
from hotclub.doctor.rules._loops import VALUES, is_loop, sighting
from hotclub.recording import Batch

CODE = "HC301"
TITLE = "a relation counted, tested or aggregated for each instance"

_ADVICE = {
    "count": "annotate() the queryset of {owner} with the count of {relation}",
    "exists": "annotate() the queryset of {owner} with Exists() of {relation}",
    "aggregate": "annotate() the queryset of {owner} with the aggregate of {relation}",
}


def look(seen: Seen) -> Iterator[Sighting]:
    """Every such loop of one request."""
    for batch in seen.batches:
        if batch.shape in VALUES and batch.relation_kind and is_loop(batch):
            yield replace(sighting(seen, batch, CODE, TITLE), advice=_advice(batch))


def _advice(batch: Batch) -> str:
    filtered = batch.shape.startswith("filtered_")
    owner = batch.parent.model if batch.parent is not None else "these instances"
    words = _ADVICE[batch.shape.removeprefix("filtered_")]
    said = words.format(owner=owner, relation=batch.relation)
    return f"{said}, filtered as here" if filtered else said
