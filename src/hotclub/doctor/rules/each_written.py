"""HC406: instances saved, created or deleted one by one in a loop of the project's."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hotclub.doctor._seen import Seen, Sighting
from hotclub.doctor._sources import in_loop
from hotclub.doctor.finding import Place
from hotclub.doctor.rules._placed import placed
from hotclub.recording import Note, Query

CODE = "HC406"
TITLE = "rows written one by one in a loop"
LEAST = 3
SHAPE = "written"
_NEAR = 4
"""Places of a stack, from the inside, in which the loop is looked for."""
_ADVICE = {
    "create": "make them at once with bulk_create()",
    "save": "write them at once with bulk_update(), or update() where all get the same",
    "delete": "delete them at once: filter(…).delete()",
}
_BUT = ", if neither save() of the model nor its signals are needed"
_VERBS = {"create": "INSERT", "save": "UPDATE", "delete": "DELETE"}
_TABLE = re.compile(r"\s*(?:INSERT INTO|UPDATE|DELETE FROM) (\S+)")
_ASKED = (
    "{model} was asked for rows between the first and the last of these writes, and may have to "
    "have those already written; ask once before the loop, or leave it"
)


def look(seen: Seen) -> Iterator[Sighting]:
    """Every such loop of one request."""
    for note in seen.notes:
        if note.kind not in _VERBS or note.count < LEAST:
            continue
        places = _from_loop(seen, seen.stack(note.stack_id))
        queries = _queries(seen, note)
        if places and len(queries) >= LEAST:
            yield _sighting(seen, note, places, queries)


def _from_loop(seen: Seen, places: tuple[Place, ...]) -> tuple[Place, ...]:
    """The places from the one that stands in a loop; none if there is no such loop."""
    for depth, place in enumerate(places[:_NEAR]):
        chain = seen.stacks.sources.at(place)
        if chain and in_loop(chain) is not None:
            return places[depth:]
    return ()


def _queries(seen: Seen, note: Note) -> list[Query]:
    """The writes that were run from there."""
    verb = _VERBS[note.kind]
    return [
        query
        for query in seen.queries
        if query.span.stack_id == note.stack_id and query.span.name == verb
    ]


def _sighting(seen: Seen, note: Note, places: tuple[Place, ...], queries: list[Query]) -> Sighting:
    model = note.name.partition(" ")[0]
    detail = f"{note.count:,} of {model}, {len(queries):,} {_VERBS[note.kind]} statements"
    advice = _ADVICE[note.kind] + _BUT
    words = {"code": CODE, "title": TITLE, "advice": advice, "detail": detail, "shape": SHAPE}
    words["reason"] = _ASKED.format(model=model) if _is_asked(seen, queries) else ""
    facts = {"model": model, "members": note.count, "loads": note.count, "saves": len(queries) - 1}
    return placed(seen, places, words, queries, **facts)


def _is_asked(seen: Seen, writes: list[Query]) -> bool:
    """Whether the request read from that table while these writes were made."""
    found = _TABLE.match(writes[0].sql or "")
    between = seen.queries[seen.queries.index(writes[0]) : seen.queries.index(writes[-1])]
    read = [query.sql or "" for query in between if query.span.name == "SELECT"]
    return any(found is None or found[1] in sql for sql in read)
