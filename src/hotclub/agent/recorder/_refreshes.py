"""Instances that ask for their own row again: deferred fields, and `refresh_from_db()`."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from types import ModuleType
from typing import Any

from ._batches import Relation, batch_of, child
from ._hooks import Patches
from ._loads import close_load, open_load
from ._state import current, now


def patch_model(module: ModuleType, patches: Patches) -> None:
    """django.db.models.base: a place for the batch, and fields that are loaded later."""
    patches.set(module.ModelState, "_hotclub", None)
    patches.wrap(module.Model, "refresh_from_db", _refresh)


def _refresh(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def refresh_from_db(self: Any, *args: Any, **kwargs: Any) -> None:
        scope = current.get()
        if scope is None:
            original(self, *args, **kwargs)
            return
        began = now()
        trace = scope[0]
        model = type(self)
        fields = args[1] if len(args) > 1 else kwargs.get("fields")
        relation = _deferred(model, fields)
        loaded = not fields or next(iter(fields), "") in self.__dict__
        shape = "refreshed" if loaded else "deferred"
        batch = child(trace, batch_of(self, trace), relation, "lazy", shape, model)
        batch.own(self.pk)
        span = open_load(trace, batch, scope[1])
        token = current.set((trace, span, batch, model))
        try:
            original(self, *args, **kwargs)
            batch.size += 1
        finally:
            current.reset(token)
            close_load(span, now() - began)

    return refresh_from_db


_fields: dict[tuple[Any, str], Relation] = {}


def _deferred(model: Any, fields: Any) -> Relation:
    names = "*" if fields is None else ",".join(sorted(map(str, fields)))
    return _fields.setdefault((model, names), Relation(names, "", False))
