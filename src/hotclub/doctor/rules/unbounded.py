"""HC501: a list that is shown whole, however long its table is.

The evidence is the response: some element of it (a row, an item, an object of JSON) is there as
often as there were rows, and no LIMIT was asked for. Downloads and streams are meant to be whole.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from hotclub.doctor._seen import NO_FACTS, Seen, Sighting
from hotclub.doctor.rules._pages import is_list, page_sighting
from hotclub.recording import Batch

CODE = "HC501"
TITLE = "a list shown whole, as long as its table"
ADVICE = (
    "paginate it: paginate_by in a ListView, Paginator or hotclub.pagination.KeysetPaginator in a "
    "view, pagination_class in an API"
)
TABLE = 300
"""Rows that a table must have: what is shorter may never grow."""
ROWS = 300
FILTERED = 1000
"""The same of a list that has conditions, which may be what bounds it."""
PAGE = 100
"""Rows that a page would have, for the gain to expect."""

_TAG = re.compile(rb"<([a-z][a-z0-9-]*)")
_NOT_ROWS = {b"option", b"br", b"path"}
_ALIKE = 0.9


def look(seen: Seen) -> Iterator[Sighting]:
    """Every such list of one request."""
    if not _is_page(seen):
        return
    for batch in seen.batches:
        queries = seen.queries_of.get(batch.id, [])
        if not queries or not _is_unbounded(batch):
            continue
        element = _repeated(seen, batch.size)
        if element:
            yield page_sighting(
                seen,
                batch,
                queries[0],
                told=(CODE, TITLE, ADVICE),
                detail=f"{batch.size:,} rows without a LIMIT, {element}, "
                f"{(seen.request.body_size or 0) / 1000:,.0f} kB",
                saves=0.0,
                share=1 - PAGE / batch.size,
            )


def _is_unbounded(batch: Batch) -> bool:
    facts = batch.queryset or NO_FACTS
    least = FILTERED if facts.get("filtered", True) else ROWS
    meant = facts.get("sliced") or facts.get("iterator") is not None or facts.get("raw")
    return is_list(batch) and batch.loads == 1 and not meant and batch.size >= least


def _is_page(seen: Seen) -> bool:
    """Whether the response is a page or an answer of an API, and not a download."""
    headers = {name.lower(): value.lower() for name, value in seen.request.response_headers}
    kind = headers.get("content-type", "")
    attached = "attachment" in headers.get("content-disposition", "")
    return seen.request.status == 200 and not attached and ("html" in kind or "json" in kind)


def _repeated(seen: Seen, rows: int) -> str:
    """What the response has as often as there are rows, in words; empty if nothing."""
    body = seen.recording.body(seen.request)
    if body is None or not body.content:
        return ""
    whole = (seen.request.body_size or 0) / len(body.content) if body.truncated else 1.0
    wanted = rows * _ALIKE / whole
    if body.content.lstrip()[:1] in (b"[", b"{"):
        return "each an object of the JSON" if body.content.count(b"{") >= wanted else ""
    tags = Counter(_TAG.findall(body.content))
    for tag, count in tags.most_common():
        if tag not in _NOT_ROWS and count >= wanted:
            return f"each shown in the page (<{tag.decode()}>)"
    return ""
