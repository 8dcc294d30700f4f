"""What is known while a request runs.

A *trace* collects one request. The *scope* says where in it the code now running stands: a plain
tuple in a context variable, so that it follows threads and tasks as Django's own do:

    (trace, span, batch, accept)

`span` is the enclosing span. `batch` is the batch that queries now being run belong to, None
outside of evaluations. `accept` is not None while a relation is being loaded but its queryset
has not been evaluated yet: the model whose evaluation is the awaited one, or ANY.

No scope means no request, and then every wrapper of this package does nothing.
"""

from __future__ import annotations

from contextvars import ContextVar
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

from ._made import maker

if TYPE_CHECKING:
    from ._batches import Batch
    from ._notes import Notes
    from ._places import Stack
    from ._requests import Exchange

ANY = object()
now = perf_counter_ns

Scope = tuple["Trace", "Span", "Batch | None", Any]
current: ContextVar[Scope | None] = ContextVar("hotclub_scope", default=None)


class Span:
    """Something that takes time. `ns` and `count` are sums where repeats are folded.

    A query's name is its SQL.
    """

    __slots__ = ("parent", "kind", "name", "started", "batch", "ns", "count", "stack", "query")

    def __init__(
        self, parent: Span | None, kind: str, name: str, started: int, batch: Batch | None = None
    ) -> None:
        self.parent = parent
        self.kind = kind
        self.name = name
        self.started = started
        self.batch = batch
        self.ns = 0
        self.count = 0
        self.stack: Stack | None = None
        self.query: QueryFacts | None = None


class QueryFacts:
    """What a span of kind `query` knows beyond its time."""

    __slots__ = ("alias", "many", "params", "rows", "before")

    def __init__(self, alias: str, many: int, params: Any) -> None:
        self.alias = alias
        self.many = many
        self.params = params
        self.rows = -1  # not known
        self.before = 0  # rows of the executions folded in before the latest


class Trace:
    """One request being recorded."""

    __slots__ = (
        "deep", "started", "root", "exchange", "eager", "notes", "spans", "batches", "folds",
        "unknown", "last_query", "error", "making", "__weakref__",
    )  # fmt: skip

    def __init__(
        self,
        deep: bool,
        started: int,
        root: Span,
        exchange: Exchange | None,
        eager: dict[Any, list[Batch]] | None = None,
        notes: Notes | None = None,
    ) -> None:
        self.deep = deep
        self.started = started
        self.root = root
        self.exchange: Exchange = exchange  # type: ignore[assignment]
        # (parent, relation) → the batches that were loaded eagerly for it; deep recordings only.
        self.eager = eager
        self.notes = notes  # of a deep recording
        self.spans: list[Span] = []
        self.batches: list[Batch] = []
        self.folds: dict[Any, Span] = {}
        self.unknown: dict[Any, Batch] = {}
        self.last_query: QueryFacts | None = None
        self.error: str | None = None
        self.making: Batch | None = None  # whose instances are being made, where that matters

    def span(self, parent: Span, kind: str, name: str) -> Span:
        """A span about to begin; in light recordings the one its repeats are folded into."""
        if not self.deep:
            key = (parent, kind, name)
            span = self.folds.get(key)
            if span is not None:
                return span
            span = self.folds[key] = new_span(parent, kind, name, now())
        else:
            span = new_span(parent, kind, name, now())
        self.spans.append(span)
        return span

    def release(self) -> None:
        """Let go of what the writer does not need: what waits for it is memory, and work for the
        garbage collector."""
        self.folds.clear()
        for batch in self.batches:
            batch.query = None

    def forget(self) -> None:
        """Let go of everything: instances may keep a batch, and with it this, alive."""
        self.spans.clear()
        self.batches.clear()
        self.folds.clear()
        self.unknown.clear()
        self.eager = self.making = None
        self.last_query = None
        self.error = None
        self.notes = None


new_span = maker(Span(None, "", "", 0), 5)
new_facts = maker(QueryFacts("", 1, None), 3)
new_trace = maker(Trace(False, 0, Span(None, "", "", 0), None), 6)


class Spanned:
    """Context manager: a span of this kind around the block, the scope's span inside it."""

    __slots__ = ("_scope", "_kind", "_name", "_span", "_token", "_began")

    def __init__(self, scope: Scope, kind: str, name: str) -> None:
        self._scope = scope
        self._kind = kind
        self._name = name

    def __enter__(self) -> Span:
        trace, parent, batch, accept = self._scope
        self._span = trace.span(parent, self._kind, self._name)
        self._token = current.set((trace, self._span, batch, accept))
        self._began = now()
        return self._span

    def __exit__(self, *_exception: object) -> None:
        span = self._span
        span.ns += now() - self._began
        span.count += 1
        current.reset(self._token)
