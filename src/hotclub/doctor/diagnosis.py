"""What a run of the doctor comes back with, and what it is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from hotclub.doctor.finding import Finding, Place
from hotclub.recording import is_safe

if TYPE_CHECKING:
    from hotclub.doctor.exercise import Script

SCHEMA = "hotclub.doctor/1"


class Progress(Protocol):
    """Is told what is going on; ``total`` is 0 where nobody knows how much there is to do."""

    def __call__(self, text: str, done: int = 0, total: int = 0) -> None: ...


def silent(text: str, done: int = 0, total: int = 0) -> None:
    """The progress of somebody who does not want to know."""


def on_a_sample(what: str) -> str:
    """What it means that a database is a sample."""
    return f"on a sample: {what}; rows, milliseconds and bytes here are the sample's"


@dataclass(frozen=True)
class OwnTests:
    """That the project's own tests are run: by what (empty: whatever the project is set up for),
    and for how long at most."""

    command: tuple[str, ...] = ()
    seconds: float = 300.0


@dataclass(frozen=True)
class Options:
    """How far the doctor goes."""

    max_requests: int = 600
    """Requests of the crawl."""
    max_seconds: float = 90.0
    """Seconds for the crawl; measuring may take as long again."""
    samples: int = 3
    """Different URLs of one route that are requested by each user."""
    request_seconds: float = 10.0
    """A view that takes longer is given up."""
    rounds: int = 2
    """How often each request is measured, after one to warm up."""
    index_seconds: float = 20.0
    """Seconds in which indexes are tried; measuring those that help comes on top."""
    crawl: bool = True
    """Whether to crawl, beside whatever else is asked for."""
    script: Script | None = None
    """Requests that somebody wrote down, and users; they come before the crawl."""
    replays: tuple[Path, ...] = ()
    """Recordings and access logs of what was asked for elsewhere."""
    tests: OwnTests | None = None
    """Whether the project's own tests are run, and how."""
    recordings: Path | None = None
    """Where the recordings go; None is the workspace, which goes away."""


@dataclass(frozen=True)
class Request:
    """A request that can be made again and is worth it: it was answered 2xx, or as expected."""

    label: str
    method: str
    path: str
    query: str
    user: str | None
    route: str
    """The pattern of the route it belongs to."""
    in_project: bool
    """Whether the view is the project's own."""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    status: int = 200
    digest: str = ""
    queries: int = 0
    """In the crawl."""
    milliseconds: float | None = None
    """Median of the light run; None when it was not measured."""

    @property
    def writes(self) -> bool:
        """Whether it may change the database, so that it can be made once on each copy."""
        return not is_safe(self.method)


@dataclass(frozen=True)
class Route:
    """What became of one route of the project's URLconf."""

    pattern: str
    name: str
    view: str
    in_project: bool
    outcome: str
    """``ok`` (somebody got a 2xx), ``no parameters``, ``login``, ``forbidden``, ``not found``,
    ``error``, ``time-out``, ``died``, ``method``, ``redirect``, ``status``, ``skipped`` or
    ``not reached``."""
    reason: str
    """Why it is not ``ok``, in words; empty when it is."""
    requests: int
    place: Place | None = None
    """The project's own line, where a view raised or hung."""

    @property
    def reached(self) -> bool:
        """Whether somebody got a 2xx from it."""
        return self.outcome == "ok"


@dataclass(frozen=True)
class Diagnosis:
    """Findings, most costly first, and how they were come by."""

    root: Path
    findings: tuple[Finding, ...]
    routes: tuple[Route, ...]
    requests: tuple[Request, ...]
    crawled: int
    """Requests of the crawl, whatever their answer."""
    queries: int
    """Queries of the crawl."""
    notes: tuple[str, ...] = ()
    """What the reader should know: limits hit, workers lost, what could not be copied."""
    recordings: tuple[Path, ...] = ()
    versions: dict[str, str] = field(default_factory=dict)
    potential: tuple[Finding, ...] = ()
    """What tests showed with one row, and would be a loop with several."""
    silenced: Mapping[str, int] = field(default_factory=dict)
    """How many findings are not among these, by reason: ``not_selected``, ``ignored``,
    ``baseline``."""
    sampled: tuple[str, ...] = ()
    """Databases of which there was a sample only, in words: all that is said here of rows, time and
    bytes is the sample's."""
    suppressed: tuple[tuple[str, Finding], ...] = ()
    """Those of them that a comment (``ignored``) or the ``baseline`` silences."""

    @property
    def said(self) -> tuple[str, ...]:
        """The notes, and before them what must not be overlooked."""
        return (*map(on_a_sample, self.sampled), *self.notes)

    @property
    def reached(self) -> int:
        """Routes that answered 2xx."""
        return sum(route.reached for route in self.routes)

    @property
    def milliseconds(self) -> float:
        """All measured requests together, once each."""
        return sum(request.milliseconds or 0.0 for request in self.requests)

    def touched(self, finding: Finding) -> tuple[Request, ...]:
        """The replayable requests in which a finding was seen, costliest first."""
        by_label = {request.label: request for request in self.requests}
        found = (by_label.get(label) for label in finding.evidence.requests)
        return tuple(request for request in found if request is not None)

    def touched_by_any(self, findings: Sequence[Finding]) -> tuple[Request, ...]:
        """The replayable requests in which at least one of these findings was seen."""
        wanted = {label for finding in findings for label in finding.evidence.requests}
        return tuple(request for request in self.requests if request.label in wanted)

    def as_json(self) -> dict[str, Any]:
        """The documented form, ``hotclub.doctor/1`` (see ``docs/doctor.md``)."""
        from hotclub.doctor._json import as_json

        return as_json(self)
