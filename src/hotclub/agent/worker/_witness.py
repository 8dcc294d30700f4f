"""Which rows a tree with eager loading has met: the ones on which such an edit could go wrong.

A relation that is loaded for many rows at once stands in each row's own caches, so it is read off
there once the request is over, without a query:

    product._state.fields_cache["category"]           None: a key that is NULL
    product._prefetched_objects_cache["reviews"]      no rows; or several
    product.__dict__["review_count"]                  0; or more than one
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.db.models import Model

FORWARD = frozenset({"forward_key", "forward_one_to_one", "generic_key"})
MANY = frozenset({"reverse_key", "many_to_many", "generic_relation"})
VALUES = frozenset({"annotation", "aggregate"})
KEYS = "keys"
_OWNERS = 60
_MISSING = object()


@dataclass
class Step:
    """One relation of one model, and what was met of it.

    ``kind`` is a relation's; or ``annotation`` (a count, or whether there is any) or ``aggregate``
    where ``relation`` is the name of a value; or ``keys``, by which ``in_bulk()`` looks rows up.
    """

    model: Any
    relation: str
    kind: str
    needs: tuple[str, ...]
    seen: set[str] = field(default_factory=set)
    owners: dict[str, None] = field(default_factory=dict)

    def look(self, instance: Model) -> None:
        """What one instance shows."""
        value = self._value(instance)
        if value is _MISSING:
            return
        if len(self.owners) < _OWNERS:
            self.owners.setdefault(str(instance.pk))
        self.seen.update(_shows(self.kind, value))

    def look_up(self, keys: list[Any], found: dict[Any, Any]) -> None:
        """What one ``in_bulk()`` shows: which keys it was asked for, and the rows by their keys."""
        different = set(map(str, keys))
        self.seen.update(["missing"] if len(different) > len(found) else [])
        self.seen.update(["twice"] if len(keys) > len(different) else [])
        self.owners.update(dict.fromkeys(map(str, list(found)[:_OWNERS])))

    def told(self) -> dict[str, Any]:
        """What was met, to be forgotten here."""
        seen, owners = sorted(self.seen), list(self.owners)
        self.seen.clear()
        self.owners.clear()
        return {"needed": list(self.needs), "seen": seen, "owners": owners}

    def _value(self, instance: Model) -> Any:
        if self.kind in VALUES:
            return instance.__dict__.get(self.relation, _MISSING)
        if self.kind in MANY:
            found = getattr(instance, "_prefetched_objects_cache", {}).get(self.relation, _MISSING)
            return instance.__dict__.get(self.relation, found)
        return instance._state.fields_cache.get(self.relation, _MISSING)


def _shows(kind: str, value: Any) -> Iterable[str]:
    if kind == "aggregate":  # of how many rows, the value does not tell
        return ("empty",) if value is None else ("several",)
    if kind == "annotation":
        one = type(value) is int and value == 1
        return ("empty",) if not value else () if one else ("several",)
    if kind in MANY:
        return ("empty",) if not len(value) else ("several",) if len(value) > 1 else ()
    return () if value is not None else ("null",) if kind in FORWARD else ("empty",)


class Witnesses:
    """Looks at the instances of each request when it is over."""

    def __init__(self) -> None:
        self._steps: list[Step] = []
        self._instances: list[Model] = []

    def watch(self, steps: list[dict[str, Any]]) -> dict[str, Any]:
        """Begin to look for these steps: ``model``, ``relation``, ``kind``, ``needs`` (of a
        value; else it is found out)."""
        from django.apps import apps
        from django.core.signals import request_finished
        from django.db.models.signals import post_init

        for one in steps:
            model = apps.get_model(one["model"])
            needs = tuple(one.get("needs") or needed(model, one["relation"], one["kind"]))
            self._steps.append(Step(model, one["relation"], one["kind"], needs))
        for model in apps.get_models():
            if any(issubclass(model, step.model) for step in self._steps):
                post_init.connect(self._made, sender=model)
        request_finished.connect(self._finished)
        if any(step.kind == KEYS for step in self._steps):
            _watch_in_bulk(self._looked_up)
        return {}

    def witnessed(self) -> dict[str, Any]:
        """Since the last time it was asked: for each step what is ``needed``, what was ``seen``,
        and keys of the ``owners`` that it was loaded for."""
        return {"steps": [step.told() for step in self._steps]}

    def operations(self) -> dict[str, Callable[..., dict[str, Any]]]:
        return {"watch": self.watch, "witnessed": self.witnessed}

    def _looked_up(self, model: Any, keys: list[Any], found: dict[Any, Any]) -> None:
        for step in self._steps:
            if step.kind == KEYS and issubclass(model, step.model):
                step.look_up(keys, found)

    def _made(self, instance: Model, **_: Any) -> None:
        self._instances.append(instance)

    def _finished(self, **_: Any) -> None:
        instances, self._instances = self._instances, []
        for instance in instances:
            if instance._state.adding:
                continue
            for step in self._steps:
                if isinstance(instance, step.model):
                    step.look(instance)


def _watch_in_bulk(told: Callable[[Any, list[Any], dict[Any, Any]], None]) -> None:
    """Hear of every look-up of several rows by their keys."""
    from django.db.models import QuerySet

    queryset: Any = QuerySet
    original = queryset.in_bulk

    def in_bulk(self: Any, id_list: Any = None, **named: Any) -> Any:
        if id_list is None:
            return original(self, **named)
        keys = list(id_list)
        found = original(self, keys, **named)
        told(self.model, keys, found)
        return found

    queryset.in_bulk = in_bulk


def needed(model: Any, relation: str, kind: str) -> tuple[str, ...]:
    """The cases that a relation can have and that one row alone does not show."""
    if kind == "reverse_one_to_one":
        return ("empty",)
    if kind in MANY:
        return ("empty", "several")
    found = next((one for one in _fields(model) if one.name == relation), None)
    if found is None:
        return ()
    if kind == "generic_key":
        key = model._meta.get_field(found.fk_field)
        return ("null",) if key.null or model._meta.get_field(found.ct_field).null else ()
    return ("null",) if getattr(found, "null", False) else ()


def _fields(model: Any) -> list[Any]:
    return [*model._meta.get_fields(), *model._meta.private_fields]
