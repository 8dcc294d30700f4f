"""What a deep recording noticed of querysets and their instances, as the rules ask for it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from hotclub.doctor._seen import Seen
from hotclub.doctor.finding import Place
from hotclub.recording import Batch, Note

ROWS_USED = frozenset({"iter", "index", "copy"})
_ASKS_ROWS = frozenset({"iter", "len", "bool", "index"})


@dataclass(frozen=True)
class Event:
    """Something that was done with a queryset; `answer` is whether there was anything."""

    what: str
    stack: int | None
    evaluated: bool
    answer: bool | None


@dataclass(frozen=True)
class Use:
    """What was done with one queryset object, in order."""

    events: tuple[Event, ...]
    batch: Batch | None
    made: int | None
    """The stack that made it."""
    model: str

    @property
    def rows_used(self) -> bool:
        """Whether anybody looked at the rows."""
        return any(event.what in ROWS_USED for event in self.events)

    @property
    def evaluating(self) -> Event | None:
        """What ran it for all its rows."""
        if self.batch is None:
            return None
        fresh = (e for e in self.events if e.what in _ASKS_ROWS and not e.evaluated)
        return next((event for event in fresh if event.what != "index"), None)


@dataclass(frozen=True)
class Reads:
    """Which columns of a batch's instances were read, and what the heavy ones weigh."""

    reads: dict[str, int]
    sizes: dict[str, int]
    columns: int
    opaque: bool


@lru_cache(1)  # all rules look at one request before anybody looks at the next
def uses(seen: Seen) -> tuple[Use, ...]:
    """The uses of all querysets that are known in full."""
    return tuple(
        Use(
            tuple(Event(*event) for event in note.facts["events"]),
            seen.by_number.get(note.batch_id or 0),
            note.stack_id,
            note.name,
        )
        for note in seen.notes
        if note.kind == "use" and not note.facts["more"]
    )


def uses_of(seen: Seen) -> dict[int, list[Use]]:
    """The uses of each batch that has any, by the batch's number."""
    found: dict[int, list[Use]] = {}
    for use in uses(seen):
        if use.batch is not None:
            found.setdefault(use.batch.id, []).append(use)
    return found


def reads(seen: Seen) -> dict[int, Reads]:
    """What was read of each batch's instances, by the batch's number."""
    return {
        note.batch_id: _reads(note)
        for note in seen.notes
        if note.kind == "reads" and note.batch_id is not None
    }


def _reads(note: Note) -> Reads:
    facts = note.facts
    return Reads(facts["reads"], facts["bytes"], facts["columns"], facts["opaque"])


def at(seen: Seen, event: Event) -> tuple[Place, ...]:
    """The places of an event."""
    return seen.stack(event.stack)


def is_whole(batch: Batch) -> bool:
    """Whether these are the rows of one queryset of its own: no relation of many instances, no
    slice, nothing that Django gives other rows for when it is counted."""
    facts = batch.queryset or {}
    own = batch.via == "query" or batch.via == "lazy" and batch.members == 1 == batch.loads
    return own and bool(facts) and not (facts["sliced"] or facts["raw"] or facts["get"])
