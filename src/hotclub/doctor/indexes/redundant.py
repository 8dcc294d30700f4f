"""HC702: an index whose keys are the beginning of another one's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hotclub.doctor.indexes._existing import Existing, Spare

CODE = "HC702"
TITLE = "an index that is the beginning of another one"


def redundant(indexes: Sequence[Existing]) -> Iterator[Spare]:
    """Each that a longer one serves as well, the shortest of those named."""
    for index in indexes:
        longer = [other for other in indexes if index.is_plain and index.begins(other)]
        if longer:
            shortest = min(longer, key=lambda o: (not o.needed, len(o.keys), o.name))
            yield Spare(CODE, index, shortest)
