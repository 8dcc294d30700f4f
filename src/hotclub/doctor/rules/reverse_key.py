"""HC102: the other side of a foreign key, loaded once for each instance."""

from __future__ import annotations

from collections.abc import Iterator

from hotclub.doctor._seen import Seen, Sighting
from hotclub.doctor.rules._loops import loops, sighting

CODE = "HC102"
TITLE = "the objects that point at each instance, loaded one instance at a time"
KINDS = frozenset({"reverse_key"})


def look(seen: Seen) -> Iterator[Sighting]:
    """Every such loop of one request."""
    for batch in loops(seen, KINDS):
        yield sighting(seen, batch, CODE, TITLE)
