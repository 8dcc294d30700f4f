"""HC107: a field that `only()` or `defer()` left out, fetched once for each instance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from hotclub.doctor._seen import Seen, Sighting
from hotclub.doctor.rules._loops import is_loop, sighting

CODE = "HC107"
TITLE = "a field left out by only() or defer(), fetched for each instance"


def look(seen: Seen) -> Iterator[Sighting]:
    """Every such loop of one request."""
    for batch in seen.batches:
        if batch.shape == "deferred" and is_loop(batch) and not seen.is_deleting(batch):
            found = sighting(seen, batch, CODE, TITLE)
            yield replace(found, advice=_advice(found))


def _advice(found: Sighting) -> str:
    lookup = "__".join(step.relation for step in found.path)
    if found.queryset.get("defer"):
        return f"take {lookup} out of defer(): every instance fetches it after all"
    return f"add {lookup} to only(): every instance fetches it after all"
