"""Instances that came along in a join: `select_related()`.

Their batch is a child of the one whose query joined them. Which relations were joined is seen
when Django makes its populators; the instances are found afterwards where the populators put
them, in their owners' field caches.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from . import _reads
from ._batches import Batch, child
from ._naming import cache_name, of_field, of_reverse
from ._shortcuts import shortcut
from ._state import current
from ._touches import watch as watch_looks

Joins = list[tuple[str, Batch, "Joins | None"]]


def watch(original: Callable[..., Any]) -> Callable[..., Any]:
    """get_related_populators: note what the batch being loaded joins."""

    @wraps(original)
    def get_related_populators(klass_info: Any, *args: Any, **kwargs: Any) -> Any:
        below = klass_info.get("related_klass_infos")
        if below and "local_setter" not in klass_info:
            scope = current.get()
            if scope is not None and scope[2] is not None:
                scope[2].joined = below
        return original(klass_info, *args, **kwargs)

    return shortcut("get_related_populators", get_related_populators)


def below(batch: Batch) -> Joins | None:
    """What the batch's latest query joined, as field caches to look into."""
    joined, batch.joined = batch.joined, None
    return _joins(batch, joined) if joined else None


def tell(instance: Any, joins: Joins) -> None:
    """Give the joined instances of one instance their batches."""
    cache = instance._state.fields_cache
    for name, batch, below in joins:
        joined = cache.get(name)
        if joined is not None:
            joined._state._hotclub = batch
            batch.size += 1
            if batch.noted is not None:
                _reads.weigh(joined, batch.noted)
            if below is not None:
                tell(joined, below)


def _joins(parent: Batch, infos: list[Any]) -> Joins:
    joins: Joins = []
    for info in infos:
        field = info["field"]
        if info.get("reverse"):
            related = field.remote_field
            relation = of_reverse(related)
            name = cache_name(related)
        else:
            relation = of_field(field)
            name = cache_name(field)
        batch = child(parent.trace, parent, relation, "select_related", "all", info["model"])
        batch.loads += 1
        if parent.trace.deep:
            _reads.watch(batch, info["model"])
            watch_looks(batch)
        below = info.get("related_klass_infos")
        joins.append((name, batch, _joins(batch, below) if below else None))
    return joins
