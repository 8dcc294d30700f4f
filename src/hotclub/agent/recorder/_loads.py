"""Opening and closing one load: a queryset's evaluation, or a relation's.

In light recordings the stack is taken at a batch's loads number 1, 2, 4, 8 … only, and the
others are folded into the span of the one before: the first says what triggers the loop, the
rest whether something else does as well, and a page of a thousand loads pays for ten stacks.
"""

from __future__ import annotations

from typing import Any

from ._batches import MARK, SITE, Batch, Relation, add_batch, batch_of, child
from ._places import walk
from ._shapes import of_rows
from ._state import ANY, Scope, Span, Trace, new_span, now


def open_load(trace: Trace, batch: Batch, parent: Span) -> Span:
    """The span of the batch's next load; its time is the caller's to add."""
    batch.loads = number = batch.loads + 1
    if number & (number - 1) and batch.span is not None and not trace.deep:
        return batch.span
    stack = walk()
    if batch.trigger is None:
        batch.trigger = stack
    span = None if trace.deep else trace.folds.get((batch, stack))
    if span is None:
        span = trace.folds[batch, stack] = new_span(parent, "fetch", "", now(), batch)
        span.stack = stack
        trace.spans.append(span)
    batch.span = span
    return span


def close_load(span: Span, ns: int) -> None:
    """Account for the time that a load took."""
    span.ns += ns
    span.count += 1


def accepts(scope: Scope, model: Any) -> bool:
    """Whether the scope's load is waiting for an evaluation of this model."""
    batch, accept = scope[2], scope[3]
    if accept is None or batch is None:
        return False
    if accept is not ANY:
        return accept is model or accept._meta.concrete_model is model._meta.concrete_model
    # Content types are looked up (and cached) on the way to a generic key's target.
    generic = batch.relation is not None and batch.relation.kind == "generic_key"
    return not (generic and model._meta.label_lower == "contenttypes.contenttype")


def evaluated(scope: Scope, iterable: Any, query: Any) -> tuple[Batch, int]:
    """The batch of a queryset that no load waits for: a manager's, or a root.

    And the nanoseconds that have gone into making the queryset.
    """
    trace = scope[0]
    queryset = iterable.queryset
    mark = query.__dict__.get(MARK)
    created = query.__dict__.get(SITE)
    if mark is None:
        batch = add_batch(trace, None, None, "query", "all", queryset.model)
        batch.created = created
        return batch, 0
    parent = mark.parent if mark.parent is not None and mark.parent.trace is trace else None
    shape = of_rows(mark, iterable, query)
    batch = child(trace, parent, mark.relation, "lazy", shape, queryset.model, created)
    batch.own(mark.owner)
    return batch, mark.ns


def single(trace: Trace, instance: Any, descriptor: Any, relation: Relation, model: Any) -> Batch:
    """The batch of a single-valued relation, the first time it is loaded for a member."""
    parent = batch_of(instance, trace)
    batch = child(trace, parent, relation, "lazy", "all", model)
    batch.key = type(instance)._meta.pk.attname
    if parent is not None:
        if parent.singles is None:
            parent.singles = {}
        parent.singles[descriptor] = batch
    return batch
