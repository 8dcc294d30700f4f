"""Relations loaded in a loop, and the expression that should have loaded them at once.

An N+1 is one relation loaded singly for two or more members of one batch. To find what to change,
climb from that batch towards the root::

    Order.objects.all()            batch of 50 orders            <- the expression
      lines    lazy, 50 members    batch of 200 lines            climb: itself an N+1
        product  lazy, 200 members  the loop that was seen       path: lines__product

and stop at the first batch that has an expression of its own: a queryset made by a call in the
project's Python, or by framework code for a class of the project. A relation loaded for a single
owner by an attribute or in a template has none, so the climb goes on above it. So it does above a
property's `self.lines.all()`, where it can.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hotclub.doctor._seen import NO_FACTS, Seen, Sighting
from hotclub.doctor.finding import SINGLE_VALUED, Place, Step
from hotclub.doctor.rules._expression import Expression, expression, is_passed_down
from hotclub.recording import Batch

EAGER_SHAPES = frozenset({"all", "sliced", "count", "exists"})
"""What a prefetched relation answers without another query."""

VALUES = frozenset({
    "count", "exists", "aggregate", "filtered_count", "filtered_exists", "filtered_aggregate",
})  # fmt: skip
"""What asks the database for one value, and brings no instances."""
NOT_LOADED = VALUES | {"deferred", "refreshed"}

_FILTERED = (
    "the relation is filtered for each instance, which loading it at once would "
    "not answer: filter in a Prefetch() or in Python"
)
_NARROWED = (
    "{relation} is filtered for each instance on the way, and what is loaded with the whole "
    "relation would not be its rows': load {last} where it is filtered"
)


@dataclass(frozen=True)
class Origin:
    """Where the climb ended: an expression, or the reason why there is none."""

    expression: tuple[Place, ...]
    path: tuple[Step, ...]
    batch: Batch | None
    callers: int = 1
    reason: str = ""
    climbed: int = 0
    relation_of: str = ""
    also: tuple[str, ...] = ()
    """Other models whose querysets are made at the innermost place."""


def loops(seen: Seen, kinds: frozenset[str]) -> Iterator[Batch]:
    """The request's batches that are an N+1 over a relation of one of these kinds, whose
    instances were loaded."""
    for batch in seen.batches:
        if batch.relation_kind not in kinds or batch.shape in NOT_LOADED or not is_loop(batch):
            continue
        if not is_defeated(batch) and not seen.is_deleting(batch):
            yield batch


def is_loop(batch: Batch) -> bool:
    """Whether one relation was loaded singly for two or more members of one batch."""
    if batch.via in ("lazy", "unknown"):
        return members(batch) >= 2
    return batch.members >= 2 and _is_prefetched_singly(batch)


def members(batch: Batch) -> int:
    """For how many members of its parent a relation was loaded.

    The recording counts owners by their keys. Fifty comments of one author are fifty instances of
    that author, each of which loads what it has a single one of by itself: an instance keeps it.
    """
    if batch.via == "lazy" and batch.parent is not None and batch.relation_kind in SINGLE_VALUED:
        return max(batch.members, min(batch.loads, batch.parent.size))
    return batch.members


def _is_prefetched_singly(batch: Batch) -> bool:
    """`prefetch_related_objects([one], …)` in a loop. Batches that come in chunks are prefetched
    as often as they come."""
    parent = batch.parent
    if batch.via != "prefetch" or parent is None:
        return False
    return batch.members == batch.loads > max(1, parent.loads)


def is_defeated(batch: Batch) -> bool:
    """Whether rows of a relation are asked for in a way that its prefetch does not answer."""
    siblings = batch.parent.children if batch.parent is not None else ()
    return (
        batch.via == "lazy"
        and batch.shape == "filtered"
        and any(one.via == "prefetch" and one.relation == batch.relation for one in siblings)
    )


def sighting(seen: Seen, batch: Batch, code: str, title: str) -> Sighting:
    """What there is to say about one loop."""
    origin = climb(seen, batch)
    queries = seen.queries_of.get(batch.id, [])
    return Sighting(
        code=code,
        title=title,
        request=seen.request,
        expression=origin.expression,
        trigger=seen.stack(batch.trigger_stack),
        path=origin.path,
        queryset=_facts(origin),
        model=origin.batch.model if origin.batch else "",
        loaded=batch.model,
        shape="all" if batch.shape == "sliced" else batch.shape,
        members=members(batch),
        loads=batch.loads,
        queries=batch.queries,
        rows=sum(query.rows or 0 for query in queries) or batch.size,
        duration_ns=batch.duration_ns,
        sql=next((query.sql for query in queries if query.sql), ""),
        callers=origin.callers,
        climbed=origin.climbed,
        relation_of=origin.relation_of,
        reason=origin.reason or (_FILTERED if batch.shape == "filtered" else ""),
    )


def _facts(origin: Origin) -> Mapping[str, Any]:
    facts = (origin.batch.queryset if origin.batch else None) or NO_FACTS
    return {**facts, "also": list(origin.also)} if origin.also else facts


def climb(seen: Seen, batch: Batch) -> Origin:
    """The expression to change for a loop, and the path from its instances to the relation."""
    path: tuple[Step, ...] = (_step(batch),)
    if batch.via == "unknown":
        return Origin((), path, None, reason=_UNKNOWN)
    parent = batch.parent
    spare: Origin | None = None
    narrowed = ""
    while parent is not None:
        found = expression(seen, parent)
        if found:
            also = _also(seen, found, parent)
            origin = Origin(
                found.places,
                path,
                parent,
                found.callers,
                reason=narrowed or ("" if found.climbed else shared_reason(also, parent.model)),
                climbed=found.climbed,
                also=also,
            )
            if not is_passed_down(seen, parent, found):
                return origin
            spare = spare or replace(origin, relation_of=_relation_of(parent))
        if parent.via == "unknown":
            return spare or Origin((), path, None, reason=_UNKNOWN)
        if parent.relation is None:
            return spare or Origin((), path, parent, reason=_why_not(seen, parent))
        if parent.via == "lazy" and parent.shape == "filtered":
            narrowed = _NARROWED.format(relation=parent.relation, last=path[0].relation)
        path = (_step(parent), *path)
        parent = parent.parent
    return spare or Origin((), path, None, reason=_UNKNOWN)


def _also(seen: Seen, found: Expression, batch: Batch) -> tuple[str, ...]:
    """The other models whose querysets are made where this one was, in code that serves many."""
    innermost = found.places[1 if found.climbed else 0]
    if innermost.kind == "class":
        return ()
    return tuple(sorted(seen.stacks.models(innermost) - {batch.model}))


def shared_reason(also: Sequence[str], model: str) -> str:
    """Why a queryset cannot be changed where those of other models are made as well."""
    if not also:
        return ""
    more = f" and {len(also) - 1} more" if len(also) > 1 else ""
    return (
        f"the expression makes querysets of {also[0]}{more} as well, which need not have such a "
        f"relation: load it in the class or the call that is for {model}"
    )


def _relation_of(batch: Batch) -> str:
    """The relation, with its owner's model, whose manager made a batch's queryset."""
    owner = batch.parent.model if batch.parent is not None else ""
    return f"{owner}.{batch.relation}" if owner and batch.relation else ""


_UNKNOWN = (
    "where the instances came from is unknown (unpickled, cached or built by hand), so there is "
    "no queryset to change"
)


def _why_not(seen: Seen, root: Batch) -> str:
    places = seen.stack(root.created_stack)
    if not places:
        return f"the queryset of {root.model} is made by code outside the project"
    if places[0].kind == "template":
        return f"the queryset of {root.model} is made in a template ({places[0]})"
    if seen.stacks.in_manager(places[0]):
        return (
            f"the queryset of {root.model} is its manager's ({places[0]}), for whom no expression "
            "of the project asked"
        )
    return f"the queryset of {root.model} is not made by an expression of the project"


def _step(batch: Batch) -> Step:
    owner = batch.parent.model if batch.parent is not None else ""
    kind = batch.relation_kind or ("field" if batch.shape == "deferred" else "")
    return Step(batch.relation or "", kind, owner)
