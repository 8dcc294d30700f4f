"""Whether the rows of a list can be counted in the response: as rows of a page, as objects of its
JSON, or as something to choose from."""

from __future__ import annotations

import re
from collections import Counter

from hotclub.doctor._seen import NO_FACTS, Seen
from hotclub.doctor.rules._pages import is_list
from hotclub.recording import Batch

ROWS = 300
FILTERED = 1000
"""The same of a list that has conditions, which may be what bounds it."""
_TAG = re.compile(rb"<([a-z][a-z0-9-]*)")
_NOT_ROWS = {b"option", b"br", b"path"}
_CHOICES = (
    (re.compile(rb"<option\b"), "each an <option>"),
    (re.compile(rb"<a\b[^>]*\bhref=\"\?[^\"]*__exact="), "each a link of a filter"),
)
_ALIKE = 0.9


def is_page(seen: Seen) -> bool:
    """Whether the response is a page or an answer of an API, and not a download."""
    headers = {name.lower(): value.lower() for name, value in seen.request.response_headers}
    kind = headers.get("content-type", "")
    attached = "attachment" in headers.get("content-disposition", "")
    return seen.request.status == 200 and not attached and ("html" in kind or "json" in kind)


def is_unbounded(batch: Batch) -> bool:
    """Whether a queryset of its own was read for as many rows as there may be."""
    facts = batch.queryset or NO_FACTS
    least = FILTERED if facts.get("filtered", True) else ROWS
    whole = not (facts.get("sliced") or facts.get("raw"))
    return is_list(batch) and batch.loads == 1 and whole and batch.size >= least


def shown(seen: Seen, rows: int) -> str:
    """What the response has as often as there are rows, in words; empty if nothing."""
    content, wanted = _content(seen, rows)
    if content.lstrip()[:1] in (b"[", b"{"):
        return "each an object of the JSON" if content.count(b"{") >= wanted else ""
    tags = Counter(_TAG.findall(content))
    for tag, count in tags.most_common():
        if tag not in _NOT_ROWS and count >= wanted:
            return f"each shown in the page (<{tag.decode()}>)"
    return ""


def chosen_from(seen: Seen, rows: int) -> str:
    """The same of what a visitor can choose from."""
    content, wanted = _content(seen, rows)
    found = (words for pattern, words in _CHOICES if len(pattern.findall(content)) >= wanted)
    return next(found, "") if content else ""


def _content(seen: Seen, rows: int) -> tuple[bytes, float]:
    """The response, and how often something has to be in it; less of one that was cut."""
    body = seen.recording.body(seen.request)
    if body is None or not body.content:
        return b"", rows
    whole = (seen.request.body_size or 0) / len(body.content) if body.truncated else 1.0
    return body.content, rows * _ALIKE / whole
