"""HC409: a whole table to choose from, in a form's field or a list's filter.

The evidence is the response: it has an `<option>`, or a link of a filter, for every row, and no
LIMIT was asked for.
"""

from __future__ import annotations

from collections.abc import Iterator

from hotclub.doctor._seen import Seen, Sighting
from hotclub.doctor.rules._pages import page_sighting
from hotclub.doctor.rules._shown import ROWS, chosen_from, whole_lists

CODE = "HC409"
TITLE = "a whole table to choose from"
ADVICE = (
    "offer less to choose from: autocomplete_fields or raw_id_fields in an admin, a field that "
    "searches or a narrower queryset in a form, RelatedOnlyFieldListFilter in a list_filter"
)
TABLE = ROWS
"""Rows that a table must have: what is shorter may never grow."""


def look(seen: Seen) -> Iterator[Sighting]:
    """Every such choice of one request."""
    for batch, query in whole_lists(seen):
        words = chosen_from(seen, batch.size)
        if words:
            yield page_sighting(
                seen,
                batch,
                query,
                told=(CODE, TITLE, ADVICE),
                detail=f"{batch.size:,} rows without a LIMIT, {words}",
                saves=0.0,
            )
