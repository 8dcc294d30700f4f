"""Making an index on the clone, and what it costs: bytes, and time for whoever writes.

What is written for that is rolled back.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any


def build(alias: str, table: str, columns: list[list[Any]], name: str) -> dict[str, Any]:
    """Make an index of ``[column, descending]`` pairs; its size in ``bytes``."""
    from django.db import connections

    connection = connections[alias]
    quote = connection.ops.quote_name
    listed = ", ".join(f"{quote(column)}{' DESC' if down else ''}" for column, down in columns)
    with connection.cursor() as cursor:
        before = _pages(cursor)
        cursor.execute(f"CREATE INDEX {quote(name)} ON {quote(table)} ({listed})")
        return {"bytes": _size(cursor, name) or _pages(cursor) - before}


def drop(alias: str, name: str) -> dict[str, Any]:
    """Take an index away again."""
    from django.db import connections

    connection = connections[alias]
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX {connection.ops.quote_name(name)}")
    return {}


def _pages(cursor: Any) -> int:
    """Bytes of the database's pages in use."""
    found = []
    for name in ("page_count", "freelist_count", "page_size"):
        cursor.execute(f"PRAGMA {name}")
        found.append(int(cursor.fetchone()[0]))
    return (found[0] - found[1]) * found[2]


def _size(cursor: Any, name: str) -> int:
    """Bytes of one index; 0 where this SQLite was built without ``dbstat``."""
    from django.db import Error

    try:
        cursor.execute("SELECT SUM(pgsize) FROM dbstat WHERE name = %s", [name])
        return int(cursor.fetchone()[0] or 0)
    except Error:
        return 0


def writes(alias: str, table: str, pk: str, columns: list[str], rows: int = 50) -> dict[str, Any]:
    """Nanoseconds to ``insert`` a row and to ``update`` these columns of one.

    Some of the table's rows are changed, taken out and put in again, all in a transaction that
    is rolled back. Medians; None for what the table's constraints do not allow.
    """
    from django.db import Error, connections, transaction

    connection = connections[alias]
    times = _Times(connection, table, pk)
    result: dict[str, Any] = {"insert": None, "update": None}
    for name, measure in (("update", times.update), ("insert", times.insert)):
        try:
            with transaction.atomic(using=alias):
                result[name] = measure(times.sample(rows), columns)
                transaction.set_rollback(True, using=alias)
        except (Error, ValueError, TypeError):
            result[name] = None
    return result


_KEYS: dict[str, list[Any]] = {}


class _Times:
    """Writes rows of one table and looks at the clock."""

    def __init__(self, connection: Any, table: str, pk: str) -> None:
        self._connection = connection
        self._table = connection.ops.quote_name(table)
        self._pk = connection.ops.quote_name(pk)
        self._names: list[str] = []
        self._key = pk

    def sample(self, rows: int) -> list[tuple[Any, ...]]:
        """Rows from all over the table."""
        with self._connection.cursor() as cursor:
            keys = self._keys(cursor, rows)
            marks = ", ".join(["%s"] * len(keys))
            cursor.execute(f"SELECT * FROM {self._table} WHERE {self._pk} IN ({marks})", keys)
            self._names = [column[0] for column in cursor.description]
            return list(cursor.fetchall())

    def _keys(self, cursor: Any, rows: int) -> list[Any]:
        """The same ones each time."""
        known = _KEYS.get(self._table)
        if known is None:
            cursor.execute(f"SELECT {self._pk} FROM {self._table} ORDER BY {self._pk}")
            found = [key for (key,) in cursor.fetchall()]
            known = _KEYS[self._table] = found[:: max(1, len(found) // rows)][:rows]
        return known

    def update(self, sample: list[tuple[Any, ...]], columns: list[str]) -> int | None:
        """Each row gets the values of the next one."""
        key = self._names.index(self._key)
        places = [self._names.index(column) for column in columns]
        quote = self._connection.ops.quote_name
        given = ", ".join(f"{quote(column)} = %s" for column in columns)
        sql = f"UPDATE {self._table} SET {given} WHERE {self._pk} = %s"
        shifted = [*sample[1:], *sample[:1]]
        return self._median(
            sql, [[*(b[at] for at in places), a[key]] for a, b in zip(sample, shifted, strict=True)]
        )

    def insert(self, sample: list[tuple[Any, ...]], columns: list[str]) -> int | None:
        """Each row is taken out, then all are put in again."""
        key = self._names.index(self._key)
        with self._connection.cursor() as cursor:
            for row in sample:
                cursor.execute(f"DELETE FROM {self._table} WHERE {self._pk} = %s", [row[key]])
        names = ", ".join(map(self._connection.ops.quote_name, self._names))
        marks = ", ".join(["%s"] * len(self._names))
        sql = f"INSERT INTO {self._table} ({names}) VALUES ({marks})"
        return self._median(sql, [list(row) for row in sample])

    def _median(self, sql: str, values: list[list[Any]]) -> int | None:
        taken = []
        with self._connection.cursor() as cursor:
            for row in values:
                began = time.perf_counter_ns()
                cursor.execute(sql, row)
                taken.append(time.perf_counter_ns() - began)
        return sorted(taken)[len(taken) // 2] if taken else None


OPERATIONS: dict[str, Callable[..., dict[str, Any]]] = {
    "build": build,
    "drop": drop,
    "writes": writes,
}
