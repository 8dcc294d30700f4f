"""Joins that may hold a row several times."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models.lookups import Exact
from django.db.models.sql.where import AND, WhereNode


def multiplied(query: Any) -> int:
    """How many of a query's joins may hold a row several times.

    ``tag.books`` is joined to the table between, and still holds each book once: a pair is in that
    table once, and one side of it is given.
    """
    joins = [join for alias, join in query.alias_map.items() if query.alias_refcount.get(alias)]
    several = [join for join in joins if getattr(_field(join), "multiple", False)]
    if not several:
        return 0
    given = set(_given(query.where))
    return sum(not _is_pair(join, given) for join in several)


def _field(join: Any) -> Any:
    return getattr(join, "join_field", None)


def _given(node: WhereNode) -> Iterator[tuple[str, str]]:
    """The columns that have one value in every row, by alias."""
    if node.connector != AND or node.negated:
        return
    for child in node.children:
        if isinstance(child, WhereNode):
            yield from _given(child)
        elif isinstance(child, Exact):
            alias, target = getattr(child.lhs, "alias", None), getattr(child.lhs, "target", None)
            if alias is not None and target is not None and child.rhs_is_direct_value():
                yield str(alias), str(target.column)


def _is_pair(join: Any, given: set[tuple[str, str]]) -> bool:
    """Whether a join leads to the table between of a relation whose other side is given."""
    between = getattr(_field(join), "related_model", None)
    if between is None or not between._meta.auto_created:
        return False
    joined = {column for _, column in join.join_cols}
    columns = {field.column for field in between._meta.concrete_fields if field.is_relation}
    others = columns - joined
    return len(others) == 1 and all((join.table_alias, column) in given for column in others)
