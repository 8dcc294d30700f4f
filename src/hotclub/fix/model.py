"""The nouns of a fix: what will be written where, and why something will not be written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from hotclub.doctor.finding import Finding, Place

METHODS = ("select_related", "prefetch_related")
"""In the order in which they are written when both are new."""


@dataclass(frozen=True)
class Lookup:
    """One argument to add: ``method`` is one of :data:`METHODS`, ``path`` as Django writes it."""

    method: str
    path: str


@dataclass(frozen=True)
class Fix:
    """One queryset expression and all that it should have fetched.

    ``path`` is the file, POSIX-relative to the project; ``place`` the place that will be edited
    (not always the innermost of a finding: a helper's caller may be the right one).
    """

    path: str
    place: Place
    lookups: tuple[Lookup, ...]
    findings: tuple[Finding, ...]
    summary: str
    files: tuple[tuple[str, str], ...] = ()
    """Files that an index adds besides, the migration first: path and text, for all indexes of
    its app."""

    @property
    def is_index(self) -> bool:
        """Whether it adds an index, which costs no query less, but time."""
        return self.findings[0].index is not None


@dataclass(frozen=True)
class Refusal:
    """A finding that is not edited, and the reason in words for the project's developer."""

    finding: Finding
    reason: str


@dataclass(frozen=True)
class Plan:
    """Every finding, once: in one of the fixes or among the refusals."""

    fixes: tuple[Fix, ...]
    refusals: tuple[Refusal, ...]


class Edit(NamedTuple):
    """Replace ``text[start:end]``; offsets in code points, ``start == end`` inserts."""

    start: int
    end: int
    text: str


class Refused(Exception):
    """Raised inside this room when no edit can be right; becomes a :class:`Refusal`."""

    @property
    def reason(self) -> str:
        return str(self)


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """``text`` with all edits made; they must not overlap, equal offsets keep their order."""
    pieces: list[str] = []
    position = 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        if edit.start < position:
            raise ValueError("edits overlap")
        pieces += (text[position : edit.start], edit.text)
        position = edit.end
    return "".join((*pieces, text[position:]))


def spell(lookups: Iterable[Lookup]) -> str:
    """The calls as a developer would write them: ``.select_related("a").prefetch_related("b")``."""
    paths: dict[str, list[str]] = {}
    for lookup in lookups:
        paths.setdefault(lookup.method, []).append(f'"{lookup.path}"')
    order = [name for name in METHODS if name in paths]
    return "".join(f".{name}({', '.join(paths[name])})" for name in order)
