"""What the methods of Django's managers and querysets return (django/db/models/query.py)."""

from __future__ import annotations

QUERYSET = frozenset({
    "_chain", "_clone", "alias", "all", "annotate", "complex_filter", "defer", "distinct",
    "exclude", "extra", "filter", "get_queryset", "none", "only", "order_by",
    "prefetch_related", "reverse", "select_for_update", "select_related", "using",
})  # fmt: skip
"""A queryset of model instances, and the chain goes on."""

CERTAIN = QUERYSET - {"all", "extra", "none", "reverse", "_clone", "_chain", "get_queryset"}
"""Whatever one of these is called on is a queryset or a manager: nothing else has them."""

INSTANCES = frozenset({
    "aearliest", "afirst", "aget", "aiterator", "ain_bulk", "alast", "alatest", "earliest",
    "first", "get", "in_bulk", "iterator", "last", "latest",
})  # fmt: skip
"""Instances come out, the chain ends; eager loading must stand before it."""

VALUES = frozenset({"dates", "datetimes", "values", "values_list"})
COMBINED = frozenset({"difference", "intersection", "union"})
CREATING = frozenset({
    "abulk_create", "acreate", "aget_or_create", "aupdate_or_create", "bulk_create", "create",
    "get_or_create", "update_or_create",
})  # fmt: skip
AGGREGATES = frozenset({
    "aaggregate", "abulk_update", "acontains", "acount", "adelete", "aexists", "aexplain",
    "aggregate", "aupdate", "bulk_update", "contains", "count", "delete", "exists", "explain",
    "update",
})  # fmt: skip

MANAGERS = frozenset({"_base_manager", "_default_manager", "objects"})
SHORTCUTS = frozenset({
    "aget_list_or_404", "aget_object_or_404", "get_list_or_404", "get_object_or_404",
})  # fmt: skip
ONE_ROW = frozenset({"aget", "aget_object_or_404", "get", "get_object_or_404"})
"""At most one row answers, so no join can change which one."""


def refusal(name: str) -> str:
    """Why nothing can be eagerly loaded where this method is called; empty when it can."""
    if name in VALUES:
        return f".{name}() returns plain values, not instances; there is nothing to load into"
    if name in COMBINED:
        return (
            f".{name}() combines querysets, and Django does not eagerly load over a combination; "
            "load in each part by hand, or fetch the combined rows' keys first"
        )
    if name in AGGREGATES:
        return f".{name}() returns no instances; there is nothing to load into"
    if name in CREATING:
        return f".{name}() may create what it returns; load the relation by hand afterwards"
    if name == "raw":
        return "raw SQL: hotclub does not edit what .raw() loads; join in the SQL by hand"
    return ""
