"""Relations loaded one instance at a time.

Single-valued ones are loads of their own: `get_object()` is where Django goes when nothing is
cached, so a cached access costs nothing. Managers of many-valued ones only mark the Query they
make; the mark travels with its clones to whatever evaluates one of them (see _loads).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import wraps
from types import ModuleType
from typing import Any

from ._batches import MARK, Mark, Relation, batch_of, child
from ._hooks import Patches
from ._loads import close_load, open_load, single
from ._naming import of_field, of_generic_key, of_manager, of_reverse
from ._shapes import structure
from ._shortcuts import shortcut
from ._state import ANY, Scope, Trace, current, now


def patch_descriptors(module: ModuleType, patches: Patches) -> None:
    """django.db.models.fields.related_descriptors."""
    patches.wrap(module.ForwardManyToOneDescriptor, "get_object", _forward)
    patches.wrap(module.ForwardOneToOneDescriptor, "get_object", _parent_link)
    patches.wrap(module.ReverseOneToOneDescriptor, "get_queryset", _reverse_one_to_one)

    def managers(kind: str) -> Callable[[Any], Any]:
        return lambda original: _factory(original, kind, patches)

    patches.wrap(module, "create_reverse_many_to_one_manager", managers("reverse_key"))
    patches.wrap(module, "create_forward_many_to_many_manager", managers("many_to_many"))


def patch_generic(module: ModuleType, patches: Patches) -> None:
    """django.contrib.contenttypes.fields; since 6.1 the key has a descriptor of its own, which
    fetches for one instance or for its peers, by a prefetch."""
    descriptor = getattr(module, "GenericForeignKeyDescriptor", None)
    if descriptor is None:
        patches.wrap(module.GenericForeignKey, "__get__", _uncached_generic_key)
    else:
        patches.wrap(descriptor, "fetch_one", _generic_key)
    patches.wrap(
        module,
        "create_generic_related_manager",
        lambda original: _factory(original, "generic_relation", patches),
    )


def _forward(original: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Written out and not in steps: without C, a slow page runs it for each instance."""

    @wraps(original)
    def get_object(self: Any, instance: Any) -> Any:
        scope = current.get()
        if scope is None:
            return original(self, instance)
        began = now()
        trace = scope[0]
        batch = None
        parent = instance._state._hotclub
        if parent is not None and parent.singles is not None and parent.trace is trace:
            batch = parent.singles.get(self)
        if batch is None:
            model = self.field.remote_field.model
            batch = single(trace, instance, self, of_field(self.field), model)
        try:
            batch.owners.add(getattr(instance, batch.key))
        except TypeError:
            batch.own(instance.pk)
        span = open_load(trace, batch, scope[1])
        if batch.created is None:
            batch.created = batch.trigger
        token = current.set((trace, span, batch, batch.model))
        try:
            result = original(self, instance)
            result._state._hotclub = batch
            batch.size += 1
            return result
        finally:
            current.reset(token)
            span.ns += now() - began
            span.count += 1

    return shortcut("get_object", get_object)


def _parent_link(original: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """A parent in multi-table inheritance may be made of the child's own columns, unasked."""

    @wraps(original)
    def get_object(self: Any, instance: Any) -> Any:
        result = original(self, instance)
        scope = current.get()
        if scope is not None and getattr(result._state, "_hotclub", None) is None:
            parent = batch_of(instance, scope[0])
            if parent is not None:
                relation = of_field(self.field)
                model = type(result)
                batch = child(scope[0], parent, relation, "select_related", "all", model)
                batch.size += 1
                result._state._hotclub = batch
        return result

    return get_object


def _reverse_one_to_one(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def get_queryset(self: Any, *args: Any, **hints: Any) -> Any:
        scope = current.get()
        if scope is None or "instance" not in hints:
            return original(self, *args, **hints)
        began = now()
        queryset = original(self, *args, **hints)
        _mark(scope[0], queryset, of_reverse(self.related), hints["instance"], began, True)
        return queryset

    return get_queryset


def _generic_key(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def fetch_one(self: Any, instance: Any, *args: Any) -> Any:
        scope = current.get()
        field = getattr(self, "field", self)
        if scope is None or not _points(field, instance):
            return original(self, instance, *args)
        began = now()
        trace = scope[0]
        batch = single(trace, instance, self, of_generic_key(field), None)
        batch.own(instance.pk)
        span = open_load(trace, batch, scope[1])
        if batch.created is None:
            batch.created = batch.trigger
        token = current.set((trace, span, batch, ANY))
        try:
            return original(self, instance, *args)
        finally:
            current.reset(token)
            close_load(span, now() - began)

    return fetch_one


def _uncached_generic_key(original: Callable[..., Any]) -> Callable[..., Any]:
    load = _generic_key(original)

    @wraps(original)
    def __get__(self: Any, instance: Any, cls: Any = None) -> Any:
        if instance is None or self.is_cached(instance):
            return original(self, instance, cls)
        return load(self, instance, cls)

    return __get__


def _points(field: Any, instance: Any) -> bool:
    """Whether the instance's generic key names anything that could be loaded."""
    key = field.model._meta.get_field(field.ct_field).attname
    return getattr(instance, key, None) is not None


def _factory(original: Callable[..., Any], kind: str, patches: Patches) -> Callable[..., Any]:
    """The manager classes that Django makes for a relation, marking what they hand out."""

    @wraps(original)
    def create_manager(superclass: Any, rel: Any, *args: Any, **kwargs: Any) -> Any:
        manager = original(superclass, rel, *args, **kwargs)
        reverse = bool(args[0] if args else kwargs.get("reverse", False))
        relation = of_manager(rel, kind, reverse)
        default = superclass is _default_manager(rel, kind, reverse)
        manager._hotclub_relation = relation
        own = vars(manager)
        if "_apply_rel_filters" in own:
            marking = _marking(own["_apply_rel_filters"], relation, default)
            patches.passing(manager, "_apply_rel_filters", marking)
        if isinstance(own.get("constrained_target"), property):
            between = _through(own["constrained_target"], relation)
            patches.passing(manager, "constrained_target", between)
        return manager

    return create_manager


def _default_manager(rel: Any, kind: str, reverse: bool) -> Any:
    forward = kind == "generic_relation" or (kind == "many_to_many" and not reverse)
    model = rel.model if forward else rel.related_model
    return model._default_manager.__class__


def _marking(
    original: Callable[[Any, Any], Any], relation: Relation, default: bool
) -> Callable[[Any, Any], Any]:
    @wraps(original)
    def _apply_rel_filters(self: Any, queryset: Any) -> Any:
        scope = current.get()
        if scope is None:
            return original(self, queryset)
        began = now()
        if default and relation.base is None and scope[3] is not ANY:
            _learn(original, self, queryset, relation)
        result = original(self, queryset)
        _mark(scope[0], result, relation, self.instance, began, default)
        return result

    return _apply_rel_filters


def _learn(original: Any, manager: Any, queryset: Any, relation: Relation) -> None:
    """See how this relation's querysets look when nothing was chained to them.

    On a copy: the filter of the real one stays deferred until somebody evaluates it.
    """
    with contextlib.suppress(Exception):
        relation.base = structure(original(manager, queryset._chain()).query)


def _through(original: property, relation: Relation) -> property:
    """count() and exists() of a many-to-many manager go to the table in between."""

    def constrained_target(self: Any) -> Any:
        began = now()
        queryset = original.__get__(self, type(self))
        scope: Scope | None = current.get()
        if scope is not None and queryset is not None:
            between = _between(relation)
            if between.base is None:
                between.base = structure(queryset.query)
            _mark(scope[0], queryset, between, self.instance, began, True)
        return queryset

    return _Wrapping(constrained_target, original)


class _Wrapping(property):
    """A property that knows the one it stands for."""

    def __init__(self, get: Callable[[Any], Any], original: property) -> None:
        super().__init__(get)
        self.__wrapped__ = original


_betweens: dict[Relation, Relation] = {}


def _between(relation: Relation) -> Relation:
    """The same relation, seen from the table in between: other queries are unchanged there."""
    found = _betweens.get(relation)
    if found is None:
        found = Relation(relation.name, relation.kind, relation.nullable)
        found = _betweens.setdefault(relation, found)
    return found


def _mark(
    trace: Trace, queryset: Any, relation: Relation, instance: Any, began: int, default: bool
) -> None:
    query = getattr(queryset, "_query", None)
    if query is None:
        return
    mark = Mark(relation, batch_of(instance, trace), instance.pk, 0, default)
    query._hotclub_mark = mark
    queryset.__dict__[MARK] = mark
    mark.ns = now() - began
