"""HC104: a generic key or its reverse, loaded once for each instance."""

from __future__ import annotations

from collections.abc import Iterator

from hotclub.doctor._seen import Seen, Sighting
from hotclub.doctor.rules._loops import loops, sighting

CODE = "HC104"
TITLE = "a generic relation loaded one instance at a time"
KINDS = frozenset({"generic_key", "generic_relation"})


def look(seen: Seen) -> Iterator[Sighting]:
    """Every such loop of one request."""
    for batch in loops(seen, KINDS):
        yield sighting(seen, batch, CODE, TITLE)
