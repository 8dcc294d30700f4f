"""Which columns of a batch's instances were read, and which were changed. Deep recordings only.

A column that was loaded lies in its instance's `__dict__`, where reading it runs no code of
Django's, unless the descriptor that stands for it in the class can be set as well. So the
descriptors of the models that are evaluated are replaced by ones that can, and count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import wraps
from types import ModuleType
from typing import Any

from ._batches import Batch
from ._hooks import Patches
from ._notes import USE, Noted, noted
from ._places import walk
from ._state import current

_WEIGHED = 64
"""Instances of a batch whose columns are weighed."""
_HEAVY = frozenset({"TextField", "JSONField", "BinaryField", "ArrayField", "HStoreField"})
_SHORT = 500
_NUMBERS = (int, float, Decimal)


_watchers: list[Watcher] = []
"""The one of the recording in progress, if that is deep."""


def configure(watcher: Watcher | None) -> None:
    """Make this the watcher of whatever is evaluated from now on."""
    _watchers[:] = [watcher] if watcher is not None else []


def watch(batch: Batch, model: Any) -> None:
    """Count what is read of a batch's instances."""
    for watcher in _watchers:
        opaque, heavy = watcher.watch(model)
        notes = noted(batch)
        notes.heavy = heavy
        notes.opaque = notes.opaque or opaque
        notes.columns = len(model._meta.concrete_fields)


def observed(instances: Iterator[Any], batch: Batch, model: Any) -> Iterator[Any]:
    """The same instances, the first of them weighed."""
    for _ in _watchers:
        watch(batch, model)
        notes = noted(batch)
        return _weighed(instances, notes) if notes.heavy else instances
    return instances


def evaluated(instances: Iterator[Any], batch: Batch, queryset: Any) -> Iterator[Any]:
    """The same, for a whole queryset, whose use the batch is of."""
    notes = batch.trace.notes
    use = queryset.__dict__.get(USE)
    if use is not None and use.trace is batch.trace:
        use.batch = batch
    if notes is not None and getattr(queryset.query, "select_for_update", False):
        notes.locked = True
    batch.remember()
    return observed(instances, batch, queryset.model)


def _weighed(instances: Iterator[Any], notes: Noted) -> Iterator[Any]:
    for instance in instances:
        weigh(instance, notes)
        yield instance


class Watcher:
    """Puts counting descriptors into models, each once."""

    def __init__(self, patches: Patches) -> None:
        self._patches = patches
        self._plain: Any = None
        self._counting: dict[type, Any] = {}
        self._models: dict[Any, tuple[bool, tuple[str, ...]]] = {}

    def patch_utils(self, module: ModuleType, patches: Patches) -> None:
        """django.db.models.query_utils."""
        self._plain = module.DeferredAttribute

    def patch_model(self, module: ModuleType, patches: Patches) -> None:
        """django.db.models.base: an instance that is pickled or copied is read as a whole."""
        patches.wrap(module.Model, "__reduce__", _whole)

    def watch(self, model: Any) -> tuple[bool, tuple[str, ...]]:
        """Count what is read of a model from now on.

        Says whether something may read it unseen, and which columns may be heavy.
        """
        known = self._models.get(model)
        if known is None:
            fields = model._meta.concrete_fields
            unseen = [field for field in fields if not self._replace(model, field.attname)]
            heavy = tuple(field.attname for field in fields if _may_be_heavy(field))
            known = self._models[model] = (bool(unseen) or _reads_itself(model), heavy)
        return known

    def _replace(self, model: Any, name: str) -> bool:
        for owner in model.__mro__:
            descriptor = vars(owner).get(name)
            if descriptor is not None:
                break
        else:
            return False
        kind = type(descriptor)
        if hasattr(kind, "_hotclub_counts"):
            return True
        # What cannot be set is asked only for columns that were not loaded: others would change.
        if kind is not self._plain and not (
            issubclass(kind, self._plain) and hasattr(kind, "__set__")
        ):
            return False
        if kind not in self._counting:
            made = _settable(kind) if kind is self._plain else kind
            self._counting[kind] = _counting(made)
        counting = self._counting[kind].__new__(self._counting[kind])
        counting.__dict__.update(vars(descriptor))
        self._patches.set(owner, name, counting)
        return True


def _may_be_heavy(field: Any) -> bool:
    kind = field.get_internal_type()
    return kind in _HEAVY or kind == "CharField" and (field.max_length or _SHORT) >= _SHORT


def _reads_itself(model: Any) -> bool:
    """Whether its own code, or somebody who listens, sees every instance as it is made."""
    from django.db.models import Model
    from django.db.models.signals import post_init

    own = model.__init__ is not Model.__init__
    made = getattr(model.from_db, "__func__", None) is not Model.from_db.__func__  # type: ignore[attr-defined]
    return bool(own or made or post_init.has_listeners(model))


def weigh(instance: Any, notes: Noted) -> None:
    """Add what an instance's heavy columns weigh, if it is one of the first."""
    if notes.weighed >= _WEIGHED:
        return
    values = instance.__dict__
    notes.weighed += 1
    for name in notes.heavy:
        size = _size(values.get(name))
        if size:
            notes.sizes[name] = notes.sizes.get(name, 0) + size


def _size(value: Any) -> int:
    if isinstance(value, (str, bytes, bytearray)):
        return len(value)
    if isinstance(value, memoryview):
        return value.nbytes
    return len(repr(value)) if type(value) in (dict, list) else 0


def _batch(instance: Any) -> Batch | None:
    """The batch of an instance that was loaded in the request that now runs."""
    state = instance.__dict__.get("_state")
    batch: Batch | None = getattr(state, "_hotclub", None)
    if batch is None or not batch.trace.deep:
        return None
    scope = current.get()
    return batch if scope is not None and scope[0] is batch.trace else None


def _counting(kind: type) -> type:
    """A descriptor like these that counts what is read of loaded instances."""

    class Counting(kind):  # type: ignore[misc]
        _hotclub_counts = True

        def __get__(self, instance: Any, cls: Any = None) -> Any:
            if instance is not None:
                batch = _batch(instance)
                if batch is not None:
                    name = self.field.attname
                    reads = noted(batch).reads
                    reads[name] = reads.get(name, 0) + 1
            return kind.__get__(self, instance, cls)  # type: ignore[attr-defined]

    Counting.__name__ = Counting.__qualname__ = kind.__name__
    return Counting


def _settable(kind: type) -> type:
    """A plain descriptor that is asked for every access, and keeps values where they were."""

    class Settable(kind):  # type: ignore[misc]
        def __set__(self, instance: Any, value: Any) -> None:
            name = self.field.attname
            values = instance.__dict__
            if isinstance(value, _NUMBERS) and type(value) is not bool:
                _changed(instance, name, values.get(name), value)
            values[name] = value

        def __delete__(self, instance: Any) -> None:
            try:
                del instance.__dict__[self.field.attname]
            except KeyError:
                raise AttributeError(self.field.attname) from None

    return Settable


def _changed(instance: Any, name: str, before: Any, value: Any) -> None:
    """A number of a loaded instance that was read and is now another one."""
    batch = _batch(instance) if isinstance(before, _NUMBERS) and before != value else None
    if batch is None or batch.noted is None or name not in batch.noted.reads:
        return
    notes = batch.trace.notes
    if notes is not None and not notes.locked:
        notes.add("set", name, walk(), batch)


def _whole(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    @wraps(original)
    def __reduce__(self: Any) -> Any:
        batch = _batch(self)
        if batch is not None:
            noted(batch).opaque = True
        return original(self)

    return __reduce__
