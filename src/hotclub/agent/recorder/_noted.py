"""From what a deep recording noticed to rows of `note`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from ._batches import SITE
from ._notes import Noted, Notes, Use
from ._places import Stack
from ._state import Trace

Number = Callable[["Stack | None"], "int | None"]


def noted_rows(trace: Trace, request: int, number: Number) -> Iterator[tuple[Any, ...]]:
    """The rows of one request; `number` gives the number of a stack."""
    notes = trace.notes or Notes()
    for use in list(notes.uses):
        evaluation = use.batch.number if use.batch is not None else None
        created = number(use.query.__dict__.get(SITE))
        facts = json.dumps(_use(use, number))
        yield request, evaluation, "use", use.model._meta.label, 1, created, facts
    for batch in list(trace.batches):
        if batch.noted is not None:
            facts = json.dumps(_reads(batch.noted, batch.size))
            model = batch.model._meta.label if batch.model else ""
            yield request, batch.number, "reads", model, 1, None, facts
        if batch.touched is not None and batch.relation is not None:
            touched = len(batch.touched)
            yield request, batch.number, "looks", batch.relation.name, touched, None, "{}"
    for (kind, of, name, stack), count in list(notes.done.items()):
        at = of.number if of is not None else None
        yield request, at, kind, name, count, number(stack), "{}"


def _use(use: Use, number: Number) -> dict[str, Any]:
    events = [
        [what, number(stack), evaluated, answer] for what, stack, evaluated, answer in use.events
    ]
    return {"events": events, "more": use.more}


def _reads(noted: Noted, size: int) -> dict[str, Any]:
    scale = size / noted.weighed if noted.weighed else 0
    return {
        "columns": noted.columns,
        "opaque": noted.opaque,
        "reads": noted.reads,
        "bytes": {name: round(total * scale) for name, total in noted.sizes.items()},
    }
