"""Rules that one request cannot decide: what matters is what all of them did.

A watcher is told of each request, and asked in the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from hotclub.doctor._seen import Seen, Sighting

OK = range(200, 300)
"""The statuses of responses that did what the view is for."""


class Watcher(Protocol):
    """Gathers what it needs of each request."""

    def add(self, seen: Seen) -> None:
        """Take note of one request."""

    def sightings(self) -> Iterator[Sighting]:
        """What there is to say once all requests have been seen."""


def is_whole(seen: Seen) -> bool:
    """Whether the request went well, so that what it did not do it had no need of."""
    return (seen.request.status or 0) in OK and not seen.request.error
