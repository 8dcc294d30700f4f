"""HC401: a number read, changed and saved, which loses what others changed meanwhile.

A finding about correctness and not about time. All of it was seen to happen in one request: an
instance was loaded without a lock, a number of it was replaced by one that the source makes from
the old number, and the instance was saved with that column.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import lru_cache

from hotclub.doctor._seen import Seen, Sighting
from hotclub.doctor.finding import Place, Step
from hotclub.doctor.rules._expression import expression
from hotclub.recording import Batch, Note

CODE = "HC401"
TITLE = "a number read, changed and saved without a lock"
SHAPE = "race"
_LOCKS = re.compile(
    r"\bFOR (?:NO KEY )?UPDATE\b|advisory_(?:xact_)?lock|\bGET_LOCK\b|\bLOCK TABLE\b", re.IGNORECASE
)
_ALL = "*"


def look(seen: Seen) -> Iterator[Sighting]:
    """Every such change of one request."""
    saved = _saved(seen.notes)
    if not saved or any(_locks(query.sql or "") for query in seen.queries):
        return
    for note in seen.notes:
        batch = seen.by_number.get(note.batch_id or 0)
        if note.kind != "set" or batch is None or (batch.queryset or {}).get("for_update"):
            continue
        places = seen.stack(note.stack_id)
        own = saved.get(batch.id, set()) & {_ALL, note.name}
        if own and places and _from_itself(seen, places[0], note.name):
            yield _sighting(seen, batch, note, places)


@lru_cache(maxsize=4096)
def _locks(sql: str) -> bool:
    return bool(_LOCKS.search(sql))


def _saved(notes: list[Note]) -> dict[int, set[str]]:
    """The columns that were saved of each batch's instances."""
    found: dict[int, set[str]] = {}
    for note in notes:
        if note.kind == "save" and note.batch_id is not None:
            fields = note.name.partition(" ")[2].split(",")
            found.setdefault(note.batch_id, set()).update(fields)
    return found


def _from_itself(seen: Seen, place: Place, column: str) -> bool:
    """Whether the source makes the new number from the old: ``x.n += 1``, ``x.n = x.n + 1``."""
    chain = seen.stacks.sources.at(place)
    target = next((node for node in chain[:1] if isinstance(node, ast.Attribute)), None)
    if target is not None:
        statement = chain[1] if len(chain) > 1 else None
    else:
        statement = next((n for n in chain[:1] if isinstance(n, (ast.AugAssign, ast.Assign))), None)
    if isinstance(statement, ast.AugAssign):
        return _is_column(statement.target, column)
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return False
    named = statement.targets[0]
    if not _is_column(named, column) or not isinstance(statement.value, ast.BinOp):
        return False
    same = ast.dump(named.value)  # type: ignore[attr-defined]
    return any(
        _is_column(part, column) and ast.dump(part.value) == same  # type: ignore[attr-defined]
        for part in ast.walk(statement.value)
    )


def _is_column(node: ast.AST, column: str) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == column


def _sighting(seen: Seen, batch: Batch, note: Note, places: tuple[Place, ...]) -> Sighting:
    found = expression(seen, batch)
    column = note.name
    writes = [q for q in seen.queries if (q.sql or "").lstrip()[:6].upper() == "UPDATE"]
    return Sighting(
        code=CODE,
        title=TITLE,
        request=seen.request,
        expression=found.places,
        trigger=places,
        path=(Step(column, "column", batch.model),),
        queryset=batch.queryset or {},
        model=batch.model,
        loaded=batch.model,
        shape=SHAPE,
        members=note.count,
        loads=note.count,
        queries=0,
        rows=batch.size,
        duration_ns=0,
        sql=next((q.sql for q in writes if q.sql and f"{column}" in q.sql), "") or "",
        callers=found.callers,
        climbed=found.climbed,
        advice=f'let the database change it: .update({column}=F("{column}") + …), or lock the row '
        "first with select_for_update() in a transaction",
        detail=f"{batch.model}.{column} was read, replaced by a number made from it, and saved; "
        "what another request saved in between is lost",
        saves=0,
    )
