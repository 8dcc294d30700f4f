"""Instances saved and deleted, each by itself. Deep recordings only."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from types import ModuleType
from typing import Any

from ._batches import batch_of
from ._hooks import Patches
from ._places import walk
from ._state import current

ALL = "*"


def patch_model(module: ModuleType, patches: Patches) -> None:
    """django.db.models.base."""
    patches.wrap(module.Model, "save_base", _save)
    patches.wrap(module.Model, "delete", _delete)


def _save(original: Callable[..., None]) -> Callable[..., None]:
    @wraps(original)
    def save_base(self: Any, *args: Any, **kwargs: Any) -> None:
        scope = current.get()
        notes = None if scope is None else scope[0].notes
        if scope is not None and notes is not None:
            fields = kwargs.get("update_fields")
            names = ALL if fields is None else ",".join(sorted(map(str, fields)))
            kind = "create" if self._state.adding else "save"
            notes.add(kind, f"{self._meta.label} {names}", walk(), batch_of(self, scope[0]))
        original(self, *args, **kwargs)

    return save_base


def _delete(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def delete(self: Any, *args: Any, **kwargs: Any) -> Any:
        scope = current.get()
        notes = None if scope is None else scope[0].notes
        if scope is not None and notes is not None:
            notes.add("delete", self._meta.label, walk(), batch_of(self, scope[0]))
        return original(self, *args, **kwargs)

    return delete
