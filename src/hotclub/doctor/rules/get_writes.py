"""HC602: what a request that asks for a page writes to the database, again and again.

What is written once for a visitor (a profile made at the first visit) or for an object (its size,
when it is first shown) is no finding: the same line has to write in two requests of one visitor for
one page. Nor is what was rolled back. The crawl asks for a page that wrote once more. Sessions are
HC603's, or nobody's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from hotclub.doctor._seen import Seen, Sighting
from hotclub.doctor.finding import Place
from hotclub.doctor.rules._placed import placed
from hotclub.recording import Query

CODE = "HC602"
TITLE = "a GET that writes to the database"
ADVICE = "write where something is changed (POST), or after the response, in a task or a cache"
_WRITES = ("INSERT", "UPDATE", "DELETE")
_SAFE = ("GET", "HEAD")
_OTHERS = re.compile(
    r'django_session|\blast_login\b.*\bWHERE\b|^INSERT INTO ["`]?django_', re.DOTALL
)


def look(seen: Seen) -> Iterator[Sighting]:
    """Every line of the project that wrote in a request which asks for a page."""
    if seen.request.method not in _SAFE or (seen.request.status or 0) >= 400:  # noqa: PLR2004
        return
    undone = {note.stack_id for note in seen.notes if note.kind == "undone"}
    groups: dict[tuple[int, tuple[Place, ...]], list[Query]] = {}
    for query in seen.queries:
        places = seen.stack(query.span.stack_id)
        kept = query.span.name in _WRITES and query.span.stack_id not in undone
        ours = kept and places and places[0].in_project
        if ours and not _OTHERS.search(query.sql or ""):
            groups.setdefault((query.statement_id, places), []).append(query)
    for (_, places), queries in groups.items():
        yield _sighting(seen, places, queries)


def _sighting(seen: Seen, places: tuple[Place, ...], queries: list[Query]) -> Sighting:
    verb = queries[0].span.name
    times = "once" if len(queries) == 1 else f"{len(queries):,} times"
    detail = f"{verb} {times} in a {seen.request.method}"
    words = {"code": CODE, "title": TITLE, "advice": ADVICE, "detail": detail, "shape": "written"}
    return placed(seen, places, words, queries)
