"""Instances that look at themselves before anybody has them.

A receiver of `post_init`, a model's own `__init__` or `from_db` may load a relation of the
instance that is being made, which nobody could tell its batch yet. For such models the trace
knows whose instances are being made; for all others nothing is paid.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ._batches import Batch
from ._state import Trace

_models: dict[Any, bool] = {}
_END = object()


def looks_at_itself(model: Any) -> bool:
    """Whether code runs while an instance of the model is made; asked once for each model."""
    known = _models.get(model)
    if known is None:
        known = _models[model] = _find_out(model)
    return known


def telling(instances: Iterator[Any], trace: Trace, batch: Batch) -> Iterator[Any]:
    """The same instances, the trace knowing their batch while each is made."""
    while True:
        before, trace.making = trace.making, batch
        try:
            instance = next(instances, _END)
        finally:
            trace.making = before
        if instance is _END:
            return
        yield instance


def _find_out(model: Any) -> bool:
    from django.db.models import Model
    from django.db.models.signals import post_init

    own = model.__init__ is not Model.__init__
    loaded = getattr(model.from_db, "__func__", None) is not Model.from_db.__func__  # type: ignore[attr-defined]
    return own or loaded or bool(post_init.has_listeners(model))
