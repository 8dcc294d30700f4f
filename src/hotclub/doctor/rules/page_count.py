"""HC502: a paginator that counts all rows for the page it shows.

``Paginator`` asks ``COUNT(*)`` to know how many pages there are, on every page; the database reads
all rows that the list has. It is a finding where that takes a good part of the request.
"""

from __future__ import annotations

from collections.abc import Iterator

from hotclub.doctor._seen import Seen, Sighting
from hotclub.doctor.rules._pages import Paged, counts, is_count, page_sighting, pages
from hotclub.recording import Query

CODE = "HC502"
TITLE = "COUNT(*) over the whole list for one page of it"
ADVICE = (
    "page by key: hotclub.pagination has a paginator_class for views, a pagination_class for APIs "
    "and a paginator for the admin that count nothing"
)
TABLE = 10_000
"""Rows that a table must have."""
SHARE = 0.2
"""Of the request's time."""
LEAST_NS = 1_000_000


def look(seen: Seen) -> Iterator[Sighting]:
    """Every such count of one request."""
    paged = list(pages(seen))
    for query in seen.queries:
        if not is_count(query) or not _is_dear(seen, query):
            continue
        page = next((page for page in paged if counts(query, page.query)), None)
        if page is not None:
            yield _sighting(seen, query, page)


def _is_dear(seen: Seen, query: Query) -> bool:
    spent = query.span.duration_ns
    return spent >= LEAST_NS and spent >= SHARE * seen.request.duration_ns


def _sighting(seen: Seen, query: Query, page: Paged) -> Sighting:
    share = query.span.duration_ns / max(1, seen.request.duration_ns)
    return page_sighting(
        seen,
        page.batch,
        query,
        told=(CODE, TITLE, ADVICE),
        trigger=seen.stack(query.span.stack_id),
        rows=0,
        detail=f"{share:.0%} of the request, to show {page.batch.size} rows",
        saves=1.0,
    )
