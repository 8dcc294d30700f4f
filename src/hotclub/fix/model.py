"""The nouns of a fix: what will be written where, and why something will not be written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from hotclub.doctor.finding import Finding, Place

Kind = Literal["automatic", "witnessed", "offered"]
"""``automatic`` lands when it is proved; ``witnessed`` only if the proof has also seen the rows on
which such an edit could go wrong; ``offered`` is shown, and lands when somebody asks for it."""

KINDS: dict[Kind, str] = {
    "automatic": "automatic",
    "witnessed": "automatic, with witnesses",
    "offered": "offered",
}
"""What each kind is called, in the order in which they are shown."""

METHODS = ("only", "defer", "select_related", "prefetch_related", "annotate")
"""In the order in which they are written when both are new."""


class Import(NamedTuple):
    """``from module import name``."""

    module: str
    name: str


@dataclass(frozen=True)
class Lookup:
    """One argument to add: ``method`` is one of :data:`METHODS`, ``path`` as Django writes it.

    ``value`` is the source of a value that ``annotate`` is to give that name. With ``inner`` the
    argument is a call of ``wrapper``: querysets, each the source it begins with and what is to be
    loaded of its rows.
    """

    method: str
    path: str
    value: str = ""
    wrapper: str = ""
    inner: tuple[tuple[str, Lookup], ...] = ()
    imports: tuple[Import, ...] = ()

    def argument(self, quote: str) -> str:
        """The argument as source text, strings in these quotation marks."""
        if self.value:
            return f"{self.path}={self.value}"
        text = f"{quote}{self.path}{quote}"
        if not self.inner:
            return text
        heads: dict[str, list[Lookup]] = {}
        for head, lookup in self.inner:
            heads.setdefault(head, []).append(lookup)
        querysets = [head + spell(lookups, quote) for head, lookups in heads.items()]
        return f"{self.wrapper}({text}, [{', '.join(querysets)}])"


@dataclass(frozen=True)
class Replacement:
    """Text of a file of the project, a template's too, to be replaced.

    ``sha256`` is the digest of the file's bytes that the offsets (code points, a byte order mark
    not counted) were taken from.
    """

    path: str
    sha256: str
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Fix:
    """What is changed for some findings, all of it or nothing: a queryset expression and all that
    it should have fetched, text that is replaced, an index, or several of them.

    ``path`` is the file, POSIX-relative to the project; ``place`` the place that will be edited
    (not always the innermost of a finding: a helper's caller may be the right one).
    """

    path: str
    place: Place
    lookups: tuple[Lookup, ...]
    findings: tuple[Finding, ...]
    summary: str
    files: tuple[tuple[str, str], ...] = ()
    """Files that an index made or dropped adds besides, the migration first: path and text, for all
    indexes of its app."""
    kind: Kind = "automatic"
    replacements: tuple[Replacement, ...] = ()
    imports: tuple[Import, ...] = ()
    """What the replacements in ``path`` need there."""

    @classmethod
    def of_text(
        cls,
        place: Place,
        findings: tuple[Finding, ...],
        said: str,
        kind: Kind,
        replacements: tuple[Replacement, ...],
        imports: tuple[Import, ...] = (),
    ) -> Fix:
        """One that replaces text in the file of a place; ``said`` tells what is written there."""
        return cls(
            place.path,
            place,
            (),
            findings,
            f"{place} {place.qualname}".rstrip() + f": {said}",
            kind=kind,
            replacements=replacements,
            imports=imports,
        )

    @property
    def is_index(self) -> bool:
        """Whether it adds an index, which costs no query less, but time."""
        return self.findings[0].index is not None

    @property
    def must_gain(self) -> bool:
        """Whether a page has to show what it gains: not of rows that the recording saw made for
        nothing, nor of what was offered and asked for. Of an index it is judged by itself."""
        rows_only = all(finding.code in ("HC302", "HC403") for finding in self.findings)
        return not (rows_only or self.is_index or self.kind == "offered")


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

    @property
    def offered(self) -> tuple[Fix, ...]:
        """The fixes that are only shown unless somebody asks for them."""
        return tuple(fix for fix in self.fixes if fix.kind == "offered")

    @property
    def unasked(self) -> tuple[Fix, ...]:
        """The fixes that land without being asked for, once they are proved."""
        return tuple(fix for fix in self.fixes if fix.kind != "offered")


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


def spell(lookups: Iterable[Lookup], quote: str = '"') -> str:
    """The calls as a developer would write them: ``.select_related("a").prefetch_related("b")``."""
    arguments: dict[str, list[str]] = {}
    for lookup in lookups:
        arguments.setdefault(lookup.method, []).append(lookup.argument(quote))
    order = [name for name in METHODS if name in arguments]
    return "".join(f".{name}({', '.join(arguments[name])})" for name in order)
