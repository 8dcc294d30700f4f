"""One recorded request as the rules see it, and what a rule says about it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from hotclub.agent.schema import TEST_LABEL
from hotclub.doctor._stacks import Stacks, without_test
from hotclub.doctor.finding import Place, Step
from hotclub.recording import Batch, Note, Query, Recording, Request, Span
from hotclub.recording import Place as RecordedPlace

At = tuple[tuple[object, ...], ...]
Site = tuple[object, ...]
NO_FACTS: Mapping[str, Any] = {}
WARM = "warm"
_MARK = re.compile(rf"(?:warm\||round \d+\||{re.escape(TEST_LABEL)})")


def label_of(request: Request) -> str:
    """What a request is called, without the round it was measured in; one that a test made has
    the test's name."""
    label = request.label or ""
    mark = _MARK.match(label)
    return (label[mark.end() :] if mark else label) or f"{request.method} {request.target}"


def is_warming(request: Request) -> bool:
    """Whether the request was made to warm up, so that its time says nothing."""
    return (request.label or "").startswith(WARM + "|")


class Seen:
    """One request of a recording, with its trees read once for all rules."""

    def __init__(self, recording: Recording, request: Request, stacks: Stacks) -> None:
        self.recording = recording
        self.request = request
        self.stacks = stacks

    @cached_property
    def batches(self) -> list[Batch]:
        """The request's batches, parents first."""
        return self.recording.batches(self.request)

    @cached_property
    def queries(self) -> list[Query]:
        """The request's queries in the order in which they ran."""
        return self.recording.queries(self.request)

    @cached_property
    def spans(self) -> dict[int, Span]:
        """The request's spans by number."""
        return {span.id: span for span in self.recording.spans(self.request)}

    @cached_property
    def queries_of(self) -> dict[int, list[Query]]:
        """The queries of each batch that has any, by the batch's number."""
        found: dict[int, list[Query]] = {}
        for query in self.queries:
            if query.span.batch_id is not None:
                found.setdefault(query.span.batch_id, []).append(query)
        return found

    @cached_property
    def settings(self) -> Mapping[str, Any]:
        """What the recording says of the project's settings."""
        facts: Mapping[str, Any] = json.loads(self.recording.meta.get("settings") or "{}")
        return facts

    @cached_property
    def by_number(self) -> dict[int, Batch]:
        """The request's batches by number."""
        return {batch.id: batch for batch in self.batches}

    @cached_property
    def notes(self) -> list[Note]:
        """What the recording noticed, if it is a deep one."""
        return self.recording.notes(self.request)

    @cached_property
    def loads_of(self) -> dict[int, list[Span]]:
        """The loads of each batch, by the batch's number."""
        found: dict[int, list[Span]] = {}
        for span in self.spans.values():
            if span.kind == "fetch" and span.batch_id is not None:
                found.setdefault(span.batch_id, []).append(span)
        return found

    @cached_property
    def looks(self) -> dict[int, int]:
        """Of batches that were loaded eagerly, and watched: for how many owners somebody looked."""
        return {
            n.batch_id: n.count for n in self.notes if n.kind == "looks" and n.batch_id is not None
        }

    def enclosing(self, span: Span, kind: str) -> Span | None:
        """The innermost span of this kind around a span."""
        parent = self.spans.get(span.parent_id or 0)
        while parent is not None and parent.kind != kind:
            parent = self.spans.get(parent.parent_id or 0)
        return parent

    def is_deleting(self, batch: Batch) -> bool:
        """Whether Django loads it to see what else a deletion takes away."""
        loads = self.loads_of.get(batch.id, ())
        return bool(loads) and all(self.enclosing(span, "delete") for span in loads)

    def stack(self, number: int | None) -> tuple[Place, ...]:
        """The places of a stack, innermost first, without those that only passed it on."""
        key = number, self.request.by_test
        known = self.stacks.placed.get(key)
        if known is None:
            stack = self.recording.stack(number)
            stack = without_test(stack) if self.request.by_test else stack
            known = self.stacks.placed[key] = tuple(map(_place, self.stacks.own(stack)))
        return known


@dataclass(frozen=True)
class Sighting:
    """One finding in one request, before the same thing in other requests is merged into it."""

    code: str
    title: str
    request: Request
    expression: tuple[Place, ...]
    trigger: tuple[Place, ...]
    path: tuple[Step, ...]
    queryset: Mapping[str, Any]
    model: str
    """Label of the expression's model."""
    loaded: str
    """Label of the model that was loaded."""
    shape: str
    members: int
    loads: int
    queries: int
    rows: int
    duration_ns: int
    """All loads together."""
    sql: str = ""
    callers: int = 1
    climbed: int = 0
    relation_of: str = ""
    reason: str = ""
    advice: str = ""
    detail: str = ""
    """What was seen, in words."""
    site: Site | None = None
    """Where the rows came from, if what they took is the cost; see `Costs`."""
    spared: float = 0.0
    """So many instances would not be made: the gain, where the cost is that of a site."""
    saves: float | None = None
    """Queries saved, where they are not those that the kind of relation tells."""
    share: float = 1.0
    """The part of its cost that a change would save, where that is a statement's."""
    statement: int | None = None
    """For duplicates: which statement, since the expression alone may run several."""

    @property
    def at(self) -> At:
        """The place that a change would be made at, or that it was seen at."""
        return _at(self.expression[:1] or self.trigger[:1])

    @property
    def key(self) -> tuple[object, ...]:
        """Equal for sightings that one change would answer, in deep and light recordings alike."""
        return (self.code, bool(self.expression), self.at, self.path, self.shape, self.statement)


@dataclass(frozen=True)
class Denial:
    """Another request shows that at this place a rule does not hold, or not for this column."""

    code: str
    at: At
    column: str = ""


def denial(code: str, places: tuple[Place, ...], column: str = "") -> Denial:
    """A denial at the first of these places."""
    return Denial(code, _at(places[:1]), column)


def site_of(seen: Seen, batch: Batch) -> Site:
    """Where a batch's rows came from, the same in deep and light recordings."""
    return (*_at(seen.stack(batch.created_stack)[:1]), batch.model)


def _at(places: tuple[Place, ...]) -> At:
    return tuple((p.kind, p.path, p.line, p.column, p.qualname, p.attribute) for p in places)


def _place(place: RecordedPlace) -> Place:
    return Place(
        kind=place.kind,
        path=place.path,
        in_project=place.in_project,
        line=place.line,
        column=place.column,
        end_line=place.end_line,
        end_column=place.end_column,
        qualname=place.qualname,
        attribute=place.attribute,
        sha256=place.sha256,
    )
