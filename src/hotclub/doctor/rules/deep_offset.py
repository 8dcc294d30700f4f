"""HC503: a page far down a list, for which the database reads all pages before it."""

from __future__ import annotations

from collections.abc import Iterator

from hotclub.doctor._seen import Seen, Sighting
from hotclub.doctor.rules._pages import page_sighting, pages

CODE = "HC503"
TITLE = "a deep OFFSET: the rows of all pages before are read"
ADVICE = (
    "page by key: with hotclub.pagination the last page costs what the first one does, and links "
    "with ?page=N go on working"
)
OFFSET = 1_000
TABLE = OFFSET
"""Rows that a table must have."""


def look(seen: Seen) -> Iterator[Sighting]:
    """Every such page of one request."""
    for page in pages(seen):
        if page.offset >= OFFSET:
            yield page_sighting(
                seen,
                page.batch,
                page.query,
                told=(CODE, TITLE, ADVICE),
                rows=page.offset + page.batch.size,
                detail=f"{page.offset:,} rows passed over to show {page.batch.size}",
                saves=0.0,
                share=page.offset / (page.offset + page.limit),
            )
