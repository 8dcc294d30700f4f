"""HC501: a list that is shown whole, however long its table is.

The evidence is the response: some element of it (a row, an item, an object of JSON) is there as
often as there were rows, not counting what can be chosen from in a `<select>`, and no LIMIT was
asked for. Downloads and streams are meant to be whole.
"""

from __future__ import annotations

from collections.abc import Iterator

from hotclub.doctor._seen import NO_FACTS, Seen, Sighting
from hotclub.doctor.rules._pages import page_sighting
from hotclub.doctor.rules._shown import ROWS, is_filter, shown, whole_lists
from hotclub.recording import Batch

CODE = "HC501"
TITLE = "a list shown whole, as long as its table"
ADVICE = (
    "paginate it: paginate_by in a ListView, Paginator or hotclub.pagination.KeysetPaginator in a "
    "view, pagination_class in an API"
)
TABLE = ROWS
"""Rows that a table must have: what is shorter may never grow."""
PAGE = 100
"""Rows that a page would have, for the gain to expect."""


def look(seen: Seen) -> Iterator[Sighting]:
    """Every such list of one request."""
    for batch, query in whole_lists(seen):
        element = "" if _is_meant(seen, batch) else shown(seen, batch.size)
        if element:
            yield page_sighting(
                seen,
                batch,
                query,
                told=(CODE, TITLE, ADVICE),
                detail=f"{batch.size:,} rows without a LIMIT, {element}, "
                f"{(seen.request.body_size or 0) / 1000:,.0f} kB",
                saves=0.0,
                share=1 - PAGE / batch.size,
            )


def _is_meant(seen: Seen, batch: Batch) -> bool:
    """Whether somebody asked for all rows on purpose, or to have a list filtered by them."""
    facts = batch.queryset or NO_FACTS
    return facts.get("iterator") is not None or is_filter(seen, batch.size)
