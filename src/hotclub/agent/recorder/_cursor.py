"""What the database is asked: every statement that goes through Django's cursors."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from types import ModuleType
from typing import Any

from ._hooks import Patches
from ._places import walk
from ._shortcuts import shortcut
from ._state import Scope, current, new_facts, new_span, now


def patch_cursor(module: ModuleType, patches: Patches) -> None:
    """django.db.backends.utils; the debugging cursor calls these as well."""
    patches.wrap(module.CursorWrapper, "execute", _execute)
    patches.wrap(module.CursorWrapper, "executemany", _execute_many)


def _execute(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def execute(self: Any, sql: Any, params: Any = None) -> Any:
        scope = current.get()
        if scope is None:
            return original(self, sql, params)
        batch = scope[2]
        span = None if batch is None else batch.asked
        began = now()
        try:
            return original(self, sql, params)
        finally:
            if span is not None and span.name == sql:
                span.ns += now() - began
                span.count += 1
            else:
                _note(scope, self, sql, params, 1, began, now() - began)

    return shortcut("execute", execute)


def _execute_many(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def executemany(self: Any, sql: Any, param_list: Any) -> Any:
        scope = current.get()
        if scope is None:
            return original(self, sql, param_list)
        began = now()
        try:
            return original(self, sql, param_list)
        finally:
            # It may be an iterator, which is the driver's to consume.
            listed = type(param_list) in (list, tuple)
            params, many = (param_list, len(param_list)) if listed else (None, 1)
            _note(scope, self, sql, params, many, began, now() - began)

    return executemany


def _note(scope: Scope, cursor: Any, sql: Any, params: Any, many: int, began: int, ns: int) -> None:
    """Take the query down; light recordings fold those of one batch, or of one stack."""
    trace, parent, batch, _ = scope
    if type(sql) is not str:
        sql = str(sql)
    stack = walk() if batch is None else None
    key = (batch or stack, sql)
    span = None if trace.deep else trace.folds.get(key)
    if span is None or span.query is None:
        span = trace.folds[key] = new_span(parent, "query", sql, began, batch)
        span.stack = stack
        span.query = new_facts(cursor.db.alias, many, params if trace.deep else None)
        trace.spans.append(span)
    else:
        span.query.many += many - 1
    span.ns += ns
    span.count += 1
    if batch is not None and not trace.deep:
        batch.asked = span
    facts = trace.last_query = span.query
    before = facts.before = max(facts.rows, 0)
    rows = getattr(cursor.cursor, "rowcount", -1)
    # No rows may also mean that RETURNING has not been asked yet.
    if type(rows) is int and rows > 0:
        facts.rows = before + rows
