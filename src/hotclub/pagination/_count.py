"""Counts that cost nothing: exact up to a bound, beyond it an estimate or "more than"."""

from __future__ import annotations

from typing import Any

from django.db import DatabaseError, connections, transaction
from django.db.models import QuerySet


class Count(int):
    """A number of rows, and how far it is to be trusted.

    Printed it says so: ``812``, ``>10000``, ``≈1200000``.
    """

    kind: str
    """``exact``, ``more`` (there are more than that) or ``estimate``."""

    def __new__(cls, value: int, kind: str = "exact") -> Count:
        self = super().__new__(cls, value)
        self.kind = kind
        return self

    @property
    def exact(self) -> bool:
        """Whether it was counted to the end."""
        return self.kind == "exact"

    def __str__(self) -> str:
        return {"more": ">", "estimate": "≈"}.get(self.kind, "") + int.__repr__(self)


def counted(queryset: Any, bound: int | None) -> Count:
    """Count a queryset to the end, or to ``bound`` rows.

    Of a whole table that has more, PostgreSQL's own estimate is taken (``pg_class.reltuples``, as
    of its last ANALYZE).
    """
    if bound is None:
        return Count(queryset.count())
    number = queryset.order_by()[: bound + 1].count()
    if number <= bound:
        return Count(number)
    estimate = _estimate(queryset) if _is_table(queryset) else 0
    return Count(estimate, "estimate") if estimate > bound else Count(bound, "more")


def _is_table(queryset: Any) -> bool:
    """Whether a queryset is a table's rows and nothing else."""
    query = queryset.query
    tables = [alias for alias, count in query.alias_refcount.items() if count]
    narrowed = query.where or query.distinct or query.group_by is not None or query.extra_tables
    return isinstance(queryset, QuerySet) and not narrowed and len(tables) <= 1


def _estimate(queryset: Any) -> int:
    connection = connections[queryset.db]
    if connection.vendor != "postgresql":
        return 0
    table = connection.ops.quote_name(queryset.model._meta.db_table)
    try:
        with transaction.atomic(using=queryset.db), connection.cursor() as cursor:
            cursor.execute("SELECT reltuples FROM pg_class WHERE oid = to_regclass(%s)", [table])
            row = cursor.fetchone()
    except DatabaseError:
        return 0
    return int(row[0]) if row else 0
