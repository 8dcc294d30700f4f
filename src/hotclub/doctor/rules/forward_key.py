"""HC101: one row fetched for each instance, where a join could bring them all."""

from __future__ import annotations

from collections.abc import Iterator

from hotclub.doctor._seen import Seen, Sighting
from hotclub.doctor.rules._loops import loops, sighting

CODE = "HC101"
TITLE = "a foreign key or one-to-one followed from each instance"
KINDS = frozenset({"forward_key", "forward_one_to_one", "reverse_one_to_one"})


def look(seen: Seen) -> Iterator[Sighting]:
    """Every such loop of one request."""
    for batch in loops(seen, KINDS):
        yield sighting(seen, batch, CODE, TITLE)
