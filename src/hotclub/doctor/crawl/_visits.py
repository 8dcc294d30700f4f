"""What came of asking for one target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hotclub.doctor.crawl._targets import Target
from hotclub.doctor.finding import Place
from hotclub.workspace import ChildError, ChildTimeout, Response


@dataclass(frozen=True)
class Visit:
    """One target, asked for once. ``status`` is 0 when there was no answer."""

    target: Target
    status: int
    milliseconds: float = 0.0
    queries: int = 0
    writes: int = 0
    digest: str = ""
    location: str = ""
    truncated: str = ""
    lost: str = ""
    """``time-out`` or ``died`` when it cost its worker."""
    problem: str = ""
    """What the view raised, or how the worker was lost, in words."""
    place: Place | None = None
    """The project's own line of it."""

    @property
    def ok(self) -> bool:
        """Whether it was answered with what was expected: a 2xx; where it writes also a 3xx."""
        if self.target.expected:
            return self.status == self.target.expected
        return 200 <= self.status < (400 if self.target.writes else 300)

    @property
    def replayable(self) -> bool:
        """Whether it is worth asking again: a good answer that comes to an end."""
        return self.ok and self.truncated != "seconds"

    @classmethod
    def answered(cls, target: Target, response: Response) -> Visit:
        """The visit that got this response."""
        error = response.error or {}
        return cls(
            target,
            response.status,
            milliseconds=response.duration_ms,
            queries=response.queries,
            writes=response.writes,
            digest=response.digest,
            location=response.header("Location") or "",
            truncated=response.truncated,
            problem=_problem(error),
            place=_place(error),
        )

    @classmethod
    def without_answer(cls, target: Target, error: ChildError) -> Visit:
        """The visit that cost its worker."""
        lost = "time-out" if isinstance(error, ChildTimeout) else "died"
        path, _, line = getattr(error, "where", "").rpartition(":")
        place = Place("line", path, True, int(line)) if path and line.isdigit() else None
        return cls(target, 0, lost=lost, problem=str(error), place=place)


def _problem(error: Mapping[str, Any]) -> str:
    """``KeyError: 'x'``; the agent's message may begin with the type already."""
    kind, message = str(error.get("type") or ""), str(error.get("message") or "")
    return message if message.startswith(kind) else f"{kind}: {message}"


def _place(error: Mapping[str, Any]) -> Place | None:
    if not error.get("file"):
        return None
    function = error.get("function") or ""
    return Place("line", error["file"], True, error.get("line") or 0, qualname=function)
