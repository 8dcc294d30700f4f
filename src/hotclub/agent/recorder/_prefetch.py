"""Prefetches: the batch below the instances that are being served."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from types import ModuleType
from typing import Any

from ._batches import SITE, Relation, batch_of, child
from ._hooks import Patches
from ._loads import close_load, open_load
from ._naming import of_field, of_generic_key, of_reverse
from ._state import ANY, current, now
from ._touches import watch

_renamed: dict[tuple[Relation | None, str], Relation] = {}


def patch_prefetch(module: ModuleType, patches: Patches) -> None:
    """django.db.models.query."""
    patches.wrap(module, "prefetch_one_level", _prefetch)


def _prefetch(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def prefetch_one_level(instances: Any, prefetcher: Any, lookup: Any, level: int) -> Any:
        scope = current.get()
        if scope is None or not hasattr(instances[0], "_state"):
            return original(instances, prefetcher, lookup, level)
        began = now()
        trace = scope[0]
        # to_attr is what further lookups would have to name.
        relation = _relation(prefetcher, lookup.get_current_to_attr(level)[0])
        parent = batch_of(instances[0], trace)
        custom = lookup.queryset
        if custom is not None and lookup.get_current_prefetch_to(level) != lookup.prefetch_to:
            custom = None
        created = None if custom is None else custom.query.__dict__.get(SITE)
        model = None if custom is None else custom.model
        batch = child(trace, parent, relation, "prefetch", "all", model, created)
        watch(batch)
        for instance in instances:
            batch.own(instance.pk)
        span = open_load(trace, batch, scope[1])
        token = current.set((trace, span, batch, ANY))
        try:
            return original(instances, prefetcher, lookup, level)
        finally:
            current.reset(token)
            close_load(span, now() - began)

    return prefetch_one_level


def _relation(prefetcher: Any, name: str) -> Relation:
    """The relation that a prefetcher loads: a descriptor, or a manager bound to an instance."""
    relation: Relation | None = getattr(type(prefetcher), "_hotclub_relation", None)
    if relation is None:
        relation = _of_descriptor(prefetcher)
    if relation is not None and relation.name == name:
        return relation
    kind = relation.kind if relation is not None else "other"
    renamed = _renamed.setdefault((relation, name), Relation(name, kind, True))
    renamed.watched = False  # `to_attr` is a plain list
    return renamed


def _of_descriptor(prefetcher: Any) -> Relation | None:
    field = getattr(prefetcher, "field", prefetcher)
    related = getattr(prefetcher, "related", None)
    if related is not None and related.one_to_one:
        return of_reverse(related)
    if hasattr(field, "fk_field") and hasattr(field, "ct_field"):
        return of_generic_key(field)
    if hasattr(field, "many_to_one") and (field.many_to_one or field.one_to_one):
        return of_field(field)
    return None
