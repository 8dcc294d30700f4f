"""Querysets: where they are made, what they load, and what the database is asked.

Every wrapper here looks for a scope first and steps aside when there is none.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import wraps
from types import ModuleType
from typing import Any

from . import _joins, _making, _reads
from ._batches import MARK, SITE, Batch, child
from ._hooks import Patches
from ._loads import accepts, close_load, evaluated, open_load
from ._places import walk
from ._shapes import of_value
from ._shortcuts import rows, shortcut
from ._state import ANY, QueryFacts, Scope, Span, current, now

_END = object()


def patch_sql(module: ModuleType, patches: Patches) -> None:
    """django.db.models.sql.query: every Query knows where it was made."""
    patches.wrap(module.Query, "__init__", _query_site)
    patches.wrap(module.RawQuery, "__init__", _raw_query_site)


def patch_compiler(module: ModuleType, patches: Patches) -> None:
    """django.db.models.sql.compiler: rows are counted, marked aggregates are loads."""
    patches.wrap(module.SQLCompiler, "execute_sql", _execute_sql)


def patch_queryset(module: ModuleType, patches: Patches) -> None:
    """django.db.models.query: instances know their batch."""
    patches.wrap(module.ModelIterable, "__iter__", _iterate)
    patches.wrap(module.RawModelIterable, "__iter__", _iterate)
    patches.wrap(module, "get_related_populators", _joins.watch)


def _query_site(original: Callable[..., None]) -> Callable[..., None]:
    @wraps(original)
    def __init__(self: Any, model: Any, alias_cols: bool = True) -> None:
        original(self, model, alias_cols)
        scope = current.get()
        if scope is None or scope[3] is None:
            self._hotclub_site = walk()

    return shortcut("__init__", __init__)


def _raw_query_site(original: Callable[..., None]) -> Callable[..., None]:
    @wraps(original)
    def __init__(self: Any, sql: Any, using: Any, params: Any = ()) -> None:
        original(self, sql, using, params)
        self._hotclub_site = walk()

    return __init__


def _iterate(original: Callable[[Any], Iterator[Any]]) -> Callable[[Any], Iterator[Any]]:
    @wraps(original)
    def __iter__(self: Any) -> Iterator[Any]:
        scope = current.get()
        if scope is None:
            return original(self)
        accept = scope[3]
        if accept is not None and accept is not ANY and accepts(scope, self.queryset.model):
            return _single(original(self), self.queryset, scope[2])
        return _evaluation(original(self), self, scope)

    return shortcut("__iter__", __iter__)


def _single(instances: Iterator[Any], queryset: Any, batch: Any) -> Iterator[Any]:
    """What `get()` finds for a single-valued relation; whoever opened the load tells it."""
    query = queryset.query
    if batch.query is None:
        batch.query = query
        batch.plan = (queryset._prefetch_related_lookups, None, True)
    if batch.trace.deep:
        instances = _reads.observed(instances, batch, queryset.model)
    return _joining(instances, batch) if query.select_related else instances


def _joining(instances: Iterator[Any], batch: Batch) -> Iterator[Any]:
    for instance in instances:
        joins = _joins.below(batch)
        if joins is not None:
            _joins.tell(instance, joins)
        yield instance


def _evaluation(instances: Iterator[Any], iterable: Any, scope: Scope) -> Iterator[Any]:
    """The same instances, each told its batch.

    The scope is set around the first step only: that is where the query is run, and a generator
    must not hold a context variable while it is suspended.
    """
    began = now()
    trace = scope[0]
    batch, span, awaited, spent = _begun(iterable, scope)
    began -= spent
    if trace.deep:
        instances = _reads.evaluated(instances, batch, iterable.queryset)
    size = 0
    paused = 0
    told = None
    chunked = getattr(iterable, "chunked_fetch", False)
    if _making.looks_at_itself(iterable.queryset.model):
        instances = _making.telling(instances, trace, batch)
    token = current.set((trace, span, batch, None))
    try:
        try:
            instance = next(instances, _END)
        finally:
            current.reset(token)
        joins = None if batch.joined is None else _joins.below(batch)
        if joins is None and not chunked:
            told = None if instance is _END else rows(instance, instances, batch)
        if told is not None:
            instance = _END
            yield from told
        while instance is not _END:
            size += 1
            try:
                instance._state._hotclub = batch  # type: ignore[attr-defined]
                if joins is not None:
                    _joins.tell(instance, joins)
            except AttributeError:
                pass  # not an instance of a model, or one without a place for it
            if chunked:
                left = now()
                yield instance
                paused += now() - left
            else:
                yield instance
            instance = next(instances, _END)
    finally:
        batch.size += size + getattr(told, "count", 0)
        if not awaited:
            close_load(span, now() - began - paused)


def _begun(iterable: Any, scope: Scope) -> tuple[Batch, Span, bool, int]:
    """The batch and span of the evaluation that begins, whether a load waits for it, and the
    nanoseconds that have gone into making the queryset."""
    trace, parent, batch, _ = scope
    queryset = iterable.queryset
    query = queryset.query
    spent = 0
    awaited = accepts(scope, queryset.model)
    if awaited and batch is not None:
        span = parent
    else:
        batch, spent = evaluated(scope, iterable, query)
        span = open_load(trace, batch, parent)
    if batch.query is None:
        if batch.model is None:
            batch.model = queryset.model
        batch.query = query
        batch.plan = (queryset._prefetch_related_lookups, *_consumer(iterable, trace.deep))
    return batch, span, awaited, spent


def _consumer(iterable: Any, deep: bool) -> tuple[int | None, bool]:
    """The chunk size given to iterator() (0: none) and whether get() is what evaluates.

    Neither leaves a trace on the queryset, but both are in the frames above ours.
    """
    frame = sys._getframe(3)  # beyond _begun() and _evaluation()
    if getattr(iterable, "chunked_fetch", False):
        if frame.f_code.co_name == "_iterator":
            return frame.f_locals.get("chunk_size") or 0, False
        return iterable.chunk_size, False
    for _ in range(5 if deep else 4):  # _fetch_all, __len__ (and who watches those), get
        if frame is None:
            break
        if frame.f_code.co_name == "get" and frame.f_code.co_filename.endswith("query.py"):
            return None, True
        frame = frame.f_back  # type: ignore[assignment]
    return None, False


def _execute_sql(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def execute_sql(
        self: Any, result_type: Any = None, chunked_fetch: Any = False, chunk_size: Any = None
    ) -> Any:
        scope = current.get()
        if scope is None:
            return original(self, result_type, chunked_fetch, chunk_size)
        if scope[2] is not None:
            # The rows of a light recording's batch are the instances that it makes of them.
            if not scope[0].deep:
                return original(self, result_type, chunked_fetch, chunk_size)
        elif result_type == "single":
            query = getattr(self.query, "inner_query", None) or self.query
            if MARK in query.__dict__:
                return _value(original, self, query, scope)
        return _counted(original, self, scope, result_type, chunked_fetch, chunk_size)

    wrapper: Any = execute_sql
    wrapper.__defaults__ = original.__defaults__
    return shortcut("execute_sql", execute_sql)


def _counted(
    original: Callable[..., Any],
    compiler: Any,
    scope: Scope,
    result_type: Any,
    chunked_fetch: Any,
    chunk_size: Any,
) -> Any:
    trace = scope[0]
    trace.last_query = None
    result = original(compiler, result_type, chunked_fetch, chunk_size)
    facts = trace.last_query
    if facts is None:
        return result
    if result_type == "single":
        facts.rows = facts.before + (result is not None)
    elif type(result) is list:
        facts.rows = facts.before + sum(map(len, result))
    elif hasattr(result, "send"):
        facts.rows = facts.before
        return _counting(result, facts)
    return result


def _counting(chunks: Any, facts: QueryFacts) -> Iterator[Any]:
    try:
        for chunk in chunks:
            facts.rows += len(chunk)
            yield chunk
    finally:
        chunks.close()


def _value(original: Callable[..., Any], compiler: Any, query: Any, scope: Scope) -> Any:
    """A count, existence check or aggregate of a relation is a load of it, too."""
    began = now()
    trace, parent, _, _ = scope
    mark = query.__dict__[MARK]
    owner = mark.parent if mark.parent is not None and mark.parent.trace is trace else None
    shape = of_value(mark, compiler.query)
    batch: Batch = child(
        trace, owner, mark.relation, "lazy", shape, query.model, query.__dict__.get(SITE)
    )
    batch.own(mark.owner)
    span = open_load(trace, batch, parent)
    token = current.set((trace, span, batch, None))
    try:
        return _counted(original, compiler, (trace, span, batch, None), "single", False, 1)
    finally:
        current.reset(token)
        close_load(span, now() - began + mark.ns)
