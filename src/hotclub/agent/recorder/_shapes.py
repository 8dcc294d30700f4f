"""Whether a relation's manager was asked for the whole relation, or for something else.

A prefetch serves the very queryset that the manager's `get_queryset()` returned, its slices, and
`count()` and `exists()` of it; a chain of any other calls makes a new query. So rows are `all`
only when the evaluated queryset *is* that object; for the rest the query must have nothing that
it did not have when the manager made it.
"""

from __future__ import annotations

from typing import Any

from ._batches import MARK, Mark


def structure(query: Any) -> tuple[Any, ...]:
    """What a chained call would have changed, limits aside."""
    return (
        len(query.where.children),
        query.distinct,
        query.combinator,
        len(query.annotations),
        query.order_by,
        query.extra_order_by,
        query.standard_ordering,
        query.deferred_loading,
        bool(query.select_related),
        bool(query.select_for_update),
    )


def of_rows(mark: Mark, iterable: Any, query: Any) -> str:
    """The shape of an evaluation that makes instances."""
    if mark.relation.kind == "reverse_one_to_one":
        return "all"
    if not mark.default or iterable.chunked_fetch:
        return "filtered"
    if iterable.queryset.__dict__.get(MARK) is mark:
        return "all"
    if query.is_sliced and structure(query) == mark.relation.base:
        return "sliced"
    return "filtered"


def of_value(mark: Mark, query: Any) -> str:
    """The shape of a query for a single value."""
    names = query.annotation_select
    shape = "count" if "__count" in names else "exists" if "a" in names else "aggregate"
    base = mark.relation.base
    if base is None or not mark.default or _differs(query, shape, base):
        return f"filtered_{shape}"
    return shape


def _differs(query: Any, shape: str, base: tuple[Any, ...]) -> bool:
    """Whether the query asks for a part of the relation. `exists()` limits it by itself, and what
    a query of aggregates annotates besides them is in a query within."""
    if (len(query.where.children), query.distinct, query.combinator) != base[:3]:
        return True
    if shape == "aggregate":
        return bool(query.is_sliced)
    return len(query.annotations) - 1 != base[3] or shape == "count" and bool(query.is_sliced)
