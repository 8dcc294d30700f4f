"""HC302: a queryset whose rows were all made for their number.

The evidence is what became of the rows: the queryset was asked for its length, and neither it nor
any of its instances was looked at afterwards, in this request or at this place in any other.
"""

from __future__ import annotations

from collections.abc import Iterator

from hotclub.doctor._seen import Denial, Seen, Sighting
from hotclub.doctor.rules._unused import rows_used, sighting, unused

CODE = "HC302"
TITLE = "all rows loaded to know how many there are"
ADVICE = "ask with .count() in place of len()"
_WORDS = {"code": CODE, "title": TITLE, "advice": ADVICE, "call": "count()"}


def look(seen: Seen) -> Iterator[Sighting]:
    """Every such queryset of one request."""
    for use, batch, _ in unused(seen):
        asked = next((event for event in use.events if event.what == "len"), None)
        if asked is not None:
            detail = f"{batch.size:,} of {batch.model} were made, and only their number was used"
            yield sighting(seen, use, batch, asked, {**_WORDS, "detail": detail})


def deny(seen: Seen) -> Iterator[Denial]:
    """Places whose rows are used."""
    yield from rows_used(seen, CODE)
