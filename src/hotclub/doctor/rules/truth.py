"""HC403: a queryset whose rows were all made to see whether there is one.

`if queryset:` runs it and makes every instance. Where the rows are used afterwards that is the
right thing to do; here they never were, in this request or at this place in any other.
"""

from __future__ import annotations

from collections.abc import Iterator

from hotclub.doctor._seen import Denial, Seen, Sighting
from hotclub.doctor.rules._unused import rows_used, sighting, unused

CODE = "HC403"
TITLE = "all rows loaded to know whether there are any"
ADVICE = "ask with .exists()"
_WORDS = {"code": CODE, "title": TITLE, "advice": ADVICE, "call": "exists()"}


def look(seen: Seen) -> Iterator[Sighting]:
    """Every such queryset of one request."""
    for use, batch, event in unused(seen):
        if {each.what for each in use.events} == {"bool"}:
            detail = f"{batch.size:,} of {batch.model} were made, and only tested for being there"
            yield sighting(seen, use, batch, event, {**_WORDS, "detail": detail})


def deny(seen: Seen) -> Iterator[Denial]:
    """Places whose rows are used."""
    yield from rows_used(seen, CODE)
