"""What is done with a queryset: counted, tested, iterated, indexed. Deep recordings only.

Django's own querysets use each other; what happens inside `django/db/models/query.py` is no use
by anybody.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import wraps
from types import ModuleType
from typing import Any

from ._hooks import Patches
from ._notes import use_of
from ._places import walk
from ._state import current

_QUERY = os.sep + os.path.join("django", "db", "models", "query.py")


def patch_queryset(module: ModuleType, patches: Patches) -> None:
    """django.db.models.query."""
    kind = module.QuerySet
    for name, what in (
        ("__len__", "len"),
        ("__bool__", "bool"),
        ("__iter__", "iter"),
        ("__aiter__", "iter"),
        ("__getstate__", "copy"),
        ("contains", "iter"),
    ):
        patches.wrap(kind, name, _used(what))  # fmt: skip
    patches.wrap(kind, "__deepcopy__", _used("copy"))
    patches.wrap(kind, "__getitem__", _index)
    for name in ("count", "exists", "first", "last"):
        patches.wrap(kind, name, _asked(name))


def _inside() -> bool:
    """Whether the wrapper that asks was called by Django's own querysets."""
    return sys._getframe(2).f_code.co_filename.endswith(_QUERY)


def _used(what: str) -> Callable[[Any], Any]:
    def wrapper(original: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(original)
        def used(self: Any, *args: Any) -> Any:
            scope = current.get()
            if scope is not None and not _inside():
                use_of(self, scope[0]).add(what, walk(), self._result_cache is not None)
            return original(self, *args)

        return used

    return wrapper


def _index(original: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    @wraps(original)
    def __getitem__(self: Any, key: Any) -> Any:
        scope = current.get()
        evaluated = self._result_cache is not None
        # A slice of what was not evaluated is another queryset, which has its own use; templates
        # try names as keys.
        rows = evaluated or not isinstance(key, slice)
        if scope is not None and not isinstance(key, str) and rows and not _inside():
            use_of(self, scope[0]).add("index", walk(), evaluated)
        return original(self, key)

    return __getitem__


def _asked(what: str) -> Callable[[Any], Any]:
    def wrapper(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
        @wraps(original)
        def asked(self: Any) -> Any:
            scope = current.get()
            if scope is None or _inside():
                return original(self)
            evaluated = self._result_cache is not None
            answer = original(self)
            use_of(self, scope[0]).add(what, walk(), evaluated, bool(answer))
            return answer

        return asked

    return wrapper
