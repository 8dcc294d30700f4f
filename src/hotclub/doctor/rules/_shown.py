"""Whether the rows of a list can be counted in the response: as rows of a page, as objects of its
JSON, or as something to choose from."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator

from hotclub.doctor._seen import NO_FACTS, Seen
from hotclub.doctor.rules._pages import is_list
from hotclub.recording import Batch, Query

ROWS = 300
FILTERED = 1000
"""The same of a list that has conditions, which may be what bounds it."""
_TAG = re.compile(rb"<([a-z][a-z0-9-]*)")
_NOT_ROWS = {b"option", b"br", b"path"}
_SELECT = re.compile(rb"<(select|datalist)[\s>].*?(?:</\1>|\Z)", re.DOTALL)
_OPTION = re.compile(rb"<option\b")
_LINK = re.compile(rb"<a\b[^>]*\bhref=\"\?[^\"]*__exact=")
_ALIKE, _MORE, _EMPTY = 0.9, 1.1, 2
"""Of the rows that there are what has to be in the response; what a select of them may have at
most, beside a line or two that say "none"."""


def whole_lists(seen: Seen) -> Iterator[tuple[Batch, Query]]:
    """The querysets that a page read whole, however many rows there may be, and their queries."""
    for batch in seen.batches if _is_page(seen) else ():
        queries = seen.queries_of.get(batch.id, [])
        if queries and _is_unbounded(batch):
            yield batch, queries[0]


def _is_page(seen: Seen) -> bool:
    """Whether the response is a page or an answer of an API, and not a download."""
    headers = {name.lower(): value.lower() for name, value in seen.request.response_headers}
    kind = headers.get("content-type", "")
    attached = "attachment" in headers.get("content-disposition", "")
    return seen.request.status == 200 and not attached and ("html" in kind or "json" in kind)


def _is_unbounded(batch: Batch) -> bool:
    """Whether a queryset of its own was read for as many rows as there may be."""
    facts = batch.queryset or NO_FACTS
    least = FILTERED if facts.get("filtered", True) else ROWS
    whole = not (facts.get("sliced") or facts.get("raw"))
    return is_list(batch) and batch.loads == 1 and whole and batch.size >= least


def shown(seen: Seen, rows: int) -> str:
    """What the response has as often as there are rows, in words, outside of what a visitor can
    choose from; empty if nothing. More often counts as well, unless they are to choose from."""
    content, wanted = _content(seen, rows)
    if content.lstrip()[:1] in (b"[", b"{"):
        return "each an object of the JSON" if content.count(b"{") >= wanted else ""
    most = _most(rows) if chosen_from(seen, rows) else math.inf
    tags = Counter(_TAG.findall(_SELECT.sub(b"", content)))
    for tag, count in tags.most_common():
        if tag not in _NOT_ROWS and wanted <= count <= most:
            return f"each shown in the page (<{tag.decode()}>)"
    return ""


def chosen_from(seen: Seen, rows: int) -> str:
    """What a visitor can choose from: one select with an option for each row, or links."""
    content, wanted = _content(seen, rows)
    options = (len(_OPTION.findall(one[0])) for one in _SELECT.finditer(content))
    if any(wanted <= number <= _most(rows) for number in options):
        return "each an <option>"
    return "each a link of a filter" if is_filter(seen, rows) else ""


def is_filter(seen: Seen, rows: int) -> bool:
    """Whether the response has a link of an admin's filter for each row."""
    content, wanted = _content(seen, rows)
    return bool(content) and len(_LINK.findall(content)) >= wanted


def _most(rows: int) -> float:
    return rows * _MORE + _EMPTY


def _content(seen: Seen, rows: int) -> tuple[bytes, float]:
    """The response, and how often something has to be in it; less of one that was cut."""
    body = seen.recording.body(seen.request)
    if body is None or not body.content:
        return b"", rows
    whole = (seen.request.body_size or 0) / len(body.content) if body.truncated else 1.0
    return body.content, rows * _ALIKE / whole
