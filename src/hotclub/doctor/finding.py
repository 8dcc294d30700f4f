"""The noun that doctor hands to fix: one tip that applies at one place, with its evidence.

Everything here is plain, immutable data, so that a finding can be compared, merged, printed,
written as JSON and handed to another room without anybody wondering who may change it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

SINGLE_VALUED = frozenset({"forward_key", "forward_one_to_one", "reverse_one_to_one"})
"""Relation kinds that a join can load; every other kind needs ``prefetch_related``."""


@dataclass(frozen=True)
class Place:
    """Where something happened: a call in Python, a line, a template's line, or a class.

    ``kind`` is ``call`` (an exact node: 1-based lines, 0-based columns in code points), ``line``
    (columns unknown), ``template`` (the template and the line of the node that was rendered) or
    ``class`` (framework code at work for a class of the project: ``qualname`` is the class,
    ``attribute`` says which of its attributes spoke). ``path`` is POSIX-relative to the project
    when ``in_project``, absolute otherwise. ``sha256`` is the file's digest when it was recorded.
    """

    kind: str
    path: str
    in_project: bool
    line: int
    column: int | None = None
    end_line: int | None = None
    end_column: int | None = None
    qualname: str = ""
    attribute: str | None = None
    sha256: str | None = None

    def __str__(self) -> str:
        return f"{self.path}:{self.line}" if self.line else self.path


@dataclass(frozen=True)
class Step:
    """One relation on the way from an expression's instances to what was loaded in a loop.

    ``relation`` is the name as it is written in lookups; ``kind`` is one of ``forward_key``,
    ``forward_one_to_one``, ``reverse_one_to_one``, ``reverse_key``, ``many_to_many``,
    ``generic_key``, ``generic_relation``; ``model`` is the label of the model that has it, where
    known.
    """

    relation: str
    kind: str
    model: str = field(default="", compare=False)


@dataclass(frozen=True)
class Evidence:
    """What was seen. Counts are those of the worst single request; requests are labels."""

    members: int
    """Distinct instances the relation was loaded for."""
    loads: int
    """How often it was loaded singly."""
    queries: int
    """Queries those loads took."""
    rows: int
    """Rows those queries brought; what the same work would bring in one query."""
    sql: str
    """One example of the repeated query."""
    requests: tuple[str, ...]
    """``GET /products/?page=2`` … every request it was seen in, costliest first."""
    model: str = ""
    """Label of the model that was loaded, where known."""
    table_rows: int | None = None
    """Rows in that model's table: what the counts above grow with."""
    detail: str = ""
    """What was seen, in words, where the counts do not say it."""


@dataclass(frozen=True)
class IndexedStatement:
    """A statement that an index makes quicker; milliseconds are medians for one run."""

    sql: str
    runs: int
    """How often the request that runs it most often does."""
    before_ms: float
    after_ms: float
    requests: tuple[str, ...]
    """Labels of those that run it."""
    work_before: float | None = None
    """Steps of SQLite's machine; rows and pages of PostgreSQL's, a page being five rows."""
    work_after: float | None = None
    decided_by: str = "time"
    """``work and time``, or ``time`` where the database counts no work."""


@dataclass(frozen=True)
class MissingIndex:
    """An index that was made on a copy, where it paid; evidence of a finding of code HC701."""

    name: str
    table: str
    columns: tuple[str, ...]
    fields: tuple[str, ...]
    """As ``Meta.indexes`` names them, downwards with a minus; empty when there is no model."""
    app: str
    database: str
    statements: tuple[IndexedStatement, ...]
    """What saves most first; among them what became slower, if anything did."""
    bytes: int
    insert_us: float | None
    """Microseconds that a row more takes; None where it could not be measured."""
    update_us: float | None
    """Microseconds that changing these columns of a row takes more."""
    meta_base: int | None = None
    """Which of the class's bases has the ``Meta`` that the class has or would extend."""
    declared: int = 0
    """How many indexes the model has already, inherited ones included."""
    include: tuple[str, ...] = ()
    """Fields kept beside the keys (PostgreSQL)."""
    condition: tuple[tuple[str, str], ...] = ()
    """Fields that are ``true``, ``false`` or ``null`` in the rows that it holds, or one of the
    values of a JSON list."""
    pages: int = 0
    """Of a summary (BRIN, PostgreSQL) so many pages are one entry; 0 for a sorted index."""
    function: str = ""
    """``upper`` or ``lower`` where it is on its one field in such letters."""

    def written(self, quote: str, models: str) -> str:
        """As it is written into ``Meta.indexes``, where Django's models are called ``models``."""
        name = "BrinIndex" if self.pages else f"{models}.Index"
        return f"{name}({self.arguments(quote, models)})"

    def arguments(self, quote: str, models: str) -> str:
        """Those of ``Index``, or of ``BrinIndex``, where Django's models are called ``models``."""

        def listed(names: tuple[str, ...]) -> str:
            return f"[{', '.join(f'{quote}{name}{quote}' for name in names)}]"

        parts = [f"fields={listed(self.fields)}"]
        if self.function:
            call = f"{models}.functions.{self.function.title()}"
            parts = [f"{call}({quote}{self.fields[0]}{quote})"]
        if self.include:
            parts.append(f"include={listed(self.include)}")
        if self.condition:
            tests = (_test(field, value, quote) for field, value in self.condition)
            parts.append(f"condition={models}.Q({', '.join(tests)})")
        if self.pages:
            parts += ["autosummarize=True", f"pages_per_range={self.pages}"]
        return ", ".join([*parts, f"name={quote}{self.name}{quote}"])


def _test(field: str, value: str, quote: str) -> str:
    """What ``Q`` is given for one field of a condition."""
    if value in _TESTS:
        return _TESTS[value].format(field)
    values = (f"{quote}{v}{quote}" if isinstance(v, str) else str(v) for v in json.loads(value))
    return f"{field}__in=[{', '.join(values)}]"


_TESTS = {"true": "{}=True", "false": "{}=False", "null": "{}__isnull=True"}


@dataclass(frozen=True)
class SpareIndex:
    """An index that could go; evidence of findings of codes HC702 to HC704."""

    name: str
    table: str
    columns: tuple[str, ...]
    app: str
    database: str
    bytes: int
    declared: str
    """What makes it: ``Meta.indexes``, ``field`` (``db_index=True``), ``key`` (a foreign key that
    does not say ``db_index=False``), or nothing known of the models."""
    field: str = ""
    """The field that makes it."""
    instead: str = ""
    """Name of the index that does the same; empty where it is only that nothing used this one."""
    instead_columns: tuple[str, ...] = ()
    statements_seen: int = 0
    """So many recorded statements have to do with the table."""


@dataclass(frozen=True)
class Finding:
    """One thing to change at one place, why, and what it would bring.

    The fields up to ``callers`` are the contract between doctor and fix. ``reason`` says, when
    ``expression`` is empty or cannot be edited, why nothing can be written for this finding.
    """

    code: str
    title: str
    expression: tuple[Place, ...]
    """Where the queryset is made: the place to change, then the other places, innermost first.
    Empty when unknown: reported, never edited."""
    trigger: tuple[Place, ...]
    """What loaded the relation, innermost first."""
    path: tuple[Step, ...]
    """From the expression's instances to the relation; empty for duplicate queries."""
    queryset: Mapping[str, Any]
    """Facts about the queryset at ``expression`` (``batch.queryset`` of the recording)."""
    model: str
    """Label of the expression's model (``shop.Product``); empty when unknown."""
    evidence: Evidence
    cost_ms: float
    """Per request, whole descriptor spans (ORM included), from a light run."""
    gain_ms: float
    """Predicted, per request."""
    queries_saved: float
    """Predicted, per request."""
    callers: int = 1
    """Distinct callers seen of the function that holds the innermost frame of the expression."""
    reason: str = ""
    stale: bool = False
    """The file at ``expression`` is no longer the one that was recorded."""
    shape: str = "all"
    """What the loads asked for: ``all`` (the only shape that eager loading answers),
    ``filtered``, ``count``, ``exists``, ``aggregate``, ``filtered_count`` and so on, or
    ``deferred``."""
    climbed: int = 0
    """So many places after the first are helpers and managers that it called, innermost first."""
    relation_of: str = ""
    """``shop.Product.reviews`` when a property of that model reads that relation of itself."""
    advice: str = ""
    """What answers this instead of loading a relation eagerly, in words; empty where eager loading
    or an index does."""
    index: MissingIndex | None = None
    """What to make, where an index is missing."""
    spare: SpareIndex | None = None
    """What could go, where an index is one too many."""
    tested: bool = field(default=False, compare=False)
    """Whether only the project's tests showed it: it has no milliseconds, and no request of the
    doctor's to be proved by. ``evidence.requests`` are tests then."""
    measured: bool = field(default=True, compare=False)
    """False when the light run never saw this finding, so that its costs are unknown (0)."""
    cold: bool = field(default=False, compare=False)
    """Whether it was gone when its pages were made again, warm: something keeps what was loaded."""

    @property
    def lookup(self) -> str:
        """The path as Django writes it: ``product__category``."""
        return "__".join(step.relation for step in self.path)

    @property
    def joinable(self) -> bool:
        """Whether every step is single-valued, so that ``select_related`` could load it."""
        return bool(self.path) and all(step.kind in SINGLE_VALUED for step in self.path)

    @property
    def place(self) -> Place | None:
        """The innermost place of the expression, if there is one."""
        return self.expression[0] if self.expression else None

    def as_json(self) -> dict[str, Any]:
        """This finding as JSON types; the form is described in ``docs/doctor.md``."""
        return {**asdict(self), "queryset": dict(self.queryset), "lookup": self.lookup}
