"""Who looks at what was loaded eagerly; in deep recordings.

`select_related()` and `prefetch_related()` leave what they load in caches of the instances. Here
the ways out of those caches are watched: descriptors of single-valued relations, the result cache
of a prefetched queryset, and pickling, after which anybody may look. Django's own look, when a
prefetch goes on behind a relation, does not count.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from inspect import getattr_static
from types import ModuleType
from typing import Any

from ._batches import MARK, Batch, Relation, batch_of
from ._hooks import Patches
from ._naming import of_field, of_generic_key, of_reverse
from ._state import current

_PREFETCHING = "prefetch_related_objects"


def patch_descriptors(module: ModuleType, patches: Patches) -> None:
    """django.db.models.fields.related_descriptors."""
    forward, reverse = module.ForwardManyToOneDescriptor, module.ReverseOneToOneDescriptor
    patches.wrap(forward, "__get__", _looking(lambda self: of_field(self.field)))
    patches.wrap(reverse, "__get__", _looking(lambda self: of_reverse(self.related)))


def patch_generic(module: ModuleType, patches: Patches) -> None:
    """django.contrib.contenttypes.fields."""
    descriptor = getattr(module, "GenericForeignKeyDescriptor", module.GenericForeignKey)
    name = _looking(lambda self: of_generic_key(getattr(self, "field", self)))
    patches.wrap(descriptor, "__get__", name)


def patch_queryset(module: ModuleType, patches: Patches) -> None:
    """django.db.models.query: what answers from a result cache."""
    for name in ("_fetch_all", "__getitem__", "count", "exists", "contains"):
        patches.wrap(module.QuerySet, name, _answering)


def patch_model(module: ModuleType, patches: Patches) -> None:
    """django.db.models.base: copies and pickles, whose readers nobody sees."""
    patches.wrap(module.Model, "__reduce__", _leaving)


def watch(batch: Batch) -> None:
    """Count from now on whose relation is looked at, of what this batch loads eagerly."""
    parent, relation, eager = batch.parent, batch.relation, batch.trace.eager
    if eager is None or parent is None or relation is None or batch.touched is not None:
        return
    if relation.watched and _is_patched(parent.model, relation):
        batch.touched = set()
        eager.setdefault((parent, relation), []).append(batch)


def _is_patched(model: Any, relation: Relation) -> bool:
    """Whether a look at this relation goes through what is patched here."""
    descriptor = getattr_static(model, relation.name, None)
    get = getattr(type(descriptor), "__get__", None)
    many = relation.kind in ("reverse_key", "many_to_many", "generic_relation")
    return many or hasattr(get, "__wrapped__")


def _looking(relation_of: Callable[[Any], Relation]) -> Callable[[Any], Any]:
    def wrap(original: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(original)
        def __get__(self: Any, instance: Any, cls: Any = None) -> Any:
            try:
                return original(self, instance, cls)
            finally:
                scope = current.get()
                by_django = sys._getframe(1).f_code.co_name == _PREFETCHING
                if instance is not None and scope is not None and not by_django:
                    batch = batch_of(instance, scope[0])
                    _touch(batch, relation_of(self), _key(instance))

        return __get__

    return wrap


def _answering(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def answer(self: Any, *args: Any, **kwargs: Any) -> Any:
        mark = self.__dict__.get(MARK)
        if mark is not None and self._result_cache is not None and not _is_prefetching():
            scope = current.get()
            if scope is not None and mark.parent is not None and mark.parent.trace is scope[0]:
                _touch(mark.parent, mark.relation, mark.owner)
        return original(self, *args, **kwargs)

    return answer


def _is_prefetching() -> bool:
    """Whether Django lists what it has prefetched to go on from there; `list()` has no frame."""
    frame = sys._getframe(2)
    for _ in range(3):  # __iter__ or __len__, who watches that, and whoever lists
        if frame.f_code.co_name == _PREFETCHING:
            return True
        if frame.f_back is None:
            return False
        frame = frame.f_back
    return False


def _touch(parent: Batch | None, relation: Relation, owner: Any) -> None:
    eager = None if parent is None else parent.trace.eager
    for batch in eager.get((parent, relation), ()) if eager else ():
        if batch.touched is not None:
            try:
                batch.touched.add(owner)
            except TypeError:  # keys need not be hashable
                batch.touched.add(repr(owner))


def _key(instance: Any) -> Any:
    """The instance's primary key, without the look being taken for one at the column."""
    return instance.__dict__.get(getattr(instance._meta.pk, "attname", ""), id(instance))


def _leaving(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    @wraps(original)
    def __reduce__(self: Any) -> Any:
        scope = current.get()
        if scope is not None and scope[0].eager:
            left = batch_of(self, scope[0])
            for eager in scope[0].eager.values():
                for batch in eager:
                    if batch.touched is not None and _is_below(batch, left):
                        batch.touched.add(_key(self))
        return original(self)

    return __reduce__


def _is_below(batch: Batch | None, above: Batch | None) -> bool:
    while batch is not None:
        if batch is above:
            return True
        batch = batch.parent
    return False
