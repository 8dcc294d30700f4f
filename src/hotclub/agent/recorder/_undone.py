"""Writes of transactions that were rolled back: a preview made of rows that nobody keeps. Deep
recordings only."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from types import ModuleType
from typing import Any

from ._hooks import Patches
from ._notes import Notes
from ._state import Trace, current

_WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE)\b", re.IGNORECASE)


def patch_transaction(module: ModuleType, patches: Patches) -> None:
    """django.db.transaction: blocks that are entered, and how they are left."""
    patches.wrap(module.Atomic, "__enter__", _entering)
    patches.wrap(module.Atomic, "__exit__", _leaving)


def _entering(original: Callable[[Any], None]) -> Callable[[Any], None]:
    @wraps(original)
    def enter(self: Any) -> None:
        original(self)
        trace, notes = _noted()
        if trace is not None and notes is not None:
            notes.entered.append(len(trace.spans))

    return enter


def _leaving(original: Callable[..., None]) -> Callable[..., None]:
    @wraps(original)
    def leave(self: Any, kind: Any, error: Any, where: Any) -> None:
        trace, notes = _noted()
        if trace is not None and notes is not None and notes.entered:
            first = notes.entered.pop()
            if kind is not None or _is_doomed(self.using):
                _note(trace, notes, first)
        original(self, kind, error, where)

    return leave


def _noted() -> tuple[Trace | None, Notes | None]:
    scope = current.get()
    return (None, None) if scope is None else (scope[0], scope[0].notes)


def _is_doomed(using: str | None) -> bool:
    """Whether the block's transaction was marked to be rolled back."""
    from django.db import transaction

    return bool(transaction.get_connection(using).needs_rollback)


def _note(trace: Trace, notes: Notes, first: int) -> None:
    for span in trace.spans[first:]:
        verb = _WRITES.match(span.name) if span.kind == "query" else None
        if verb and span.stack is not None:
            notes.add("undone", verb[1].upper(), span.stack)
