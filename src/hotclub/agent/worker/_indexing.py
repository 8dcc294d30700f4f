"""Making an index on the clone, and what it costs: bytes, and time for whoever writes.

What is written for that is rolled back.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any


def build(
    alias: str,
    table: str,
    columns: list[list[Any]],
    name: str,
    include: Sequence[str] = (),
    condition: Sequence[Sequence[str]] = (),
    pages: int = 0,
) -> dict[str, Any]:
    """Make an index of ``[column, descending, function]`` keys (the function may be left out); its
    size in ``bytes``.

    ``condition`` are pairs of a column and what it is: ``true``, ``false`` or ``null``, or one of
    the values of a JSON list. With ``pages`` it is PostgreSQL's summary of so many pages each
    (BRIN).
    """
    from django.db import connections

    connection = connections[alias]
    quote = connection.ops.quote_name
    using = " USING brin" if pages else ""
    keys = ", ".join(_keys(quote, columns))
    sql = f"CREATE INDEX {quote(name)} ON {quote(table)}{using} ({keys})"
    if include:
        sql += f" INCLUDE ({', '.join(map(quote, include))})"
    if pages:
        sql += f" WITH (autosummarize = on, pages_per_range = {int(pages)})"
    if condition:
        tests = (_test(connection, column, value) for column, value in condition)
        sql += f" WHERE {' AND '.join(tests)}"
    size = _SIZE[connection.vendor]
    _TABLES[name] = table
    with connection.cursor() as cursor:
        before = size(cursor, None)
        cursor.execute(sql)
        made = size(cursor, name) or size(cursor, None) - before
        if connection.vendor == "postgresql" and any(key[2:] and key[2] for key in columns):
            cursor.execute(f"ANALYZE {quote(table)}")  # an expression has statistics of its own
        return {"bytes": made}


def _keys(quote: Callable[[str], str], columns: list[list[Any]]) -> Iterator[str]:
    for column, down, *functions in columns:
        function = functions[0] if functions else ""
        key = f"{function.upper()}({quote(column)})" if function else quote(column)
        yield f"{key} DESC" if down else key


def _test(connection: Any, column: str, value: str) -> str:
    quoted = connection.ops.quote_name(column)
    if value in _CONDITIONS:
        return _CONDITIONS[value].format(quoted)
    connection.ensure_connection()
    editor = connection.schema_editor(collect_sql=True)
    values = (str(editor.quote_value(one)) for one in json.loads(value))
    return f"{quoted} IN ({', '.join(values)})"


_TABLES: dict[str, str] = {}
"""Of each index that was made its table."""
_CONDITIONS = {"true": "{}", "false": "NOT {}", "null": "{} IS NULL"}


def drop(alias: str, name: str) -> dict[str, Any]:
    """Take an index away again."""
    from django.db import connections

    connection = connections[alias]
    quote = connection.ops.quote_name
    of = f" ON {quote(_TABLES[name])}" if connection.vendor == "mysql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX {quote(name)}{of}")
    return {}


def sqlite_size(cursor: Any, name: str | None) -> int:
    """Bytes of one index, 0 where this SQLite was built without ``dbstat``; without a name those
    of the database's pages in use."""
    from django.db import Error

    if name is None:
        found = []
        for one in ("page_count", "freelist_count", "page_size"):
            cursor.execute(f"PRAGMA {one}")
            found.append(int(cursor.fetchone()[0]))
        return (found[0] - found[1]) * found[2]
    try:
        cursor.execute("SELECT SUM(pgsize) FROM dbstat WHERE name = %s", [name])
        return int(cursor.fetchone()[0] or 0)
    except Error:
        return 0


def _postgres_size(cursor: Any, name: str | None) -> int:
    """Bytes of one index."""
    if name is None:
        return 0
    cursor.execute("SELECT pg_relation_size(quote_ident(%s)::regclass)", [name])
    return int(cursor.fetchone()[0])


def mysql_size(cursor: Any, name: str | None, table: str = "%") -> int:
    """Bytes of one index, as the server's statistics have it; 0 where they may not be read."""
    from django.db import Error

    if name is None:
        return 0
    try:
        cursor.execute(_MYSQL_SIZE, [name, table])
        return int(cursor.fetchone()[0] or 0)
    except Error:
        return 0


_MYSQL_SIZE = """
SELECT SUM(stat_value) * @@innodb_page_size FROM mysql.innodb_index_stats
WHERE database_name = DATABASE() AND index_name = %s AND table_name LIKE %s
  AND stat_name = 'size'
"""
_SIZE: dict[str, Callable[[Any, str | None], int]] = {
    "sqlite": sqlite_size,
    "postgresql": _postgres_size,
    "mysql": mysql_size,
}


def writes(alias: str, table: str, pk: str, columns: list[str], rows: int = 400) -> dict[str, Any]:
    """Nanoseconds to ``insert`` a row and to ``update`` these columns of one.

    Some of the table's rows, from all over it, are given each other's values, then taken out and
    put in again, all in transactions that are rolled back. None for what the table's constraints
    do not allow.
    """
    from django.db import Error, connections, transaction

    times = _Times(connections[alias], table, pk, columns)
    result: dict[str, Any] = {"insert": None, "update": None}
    for name, measure in (("update", times.update), ("insert", times.insert)):
        try:
            with transaction.atomic(using=alias):
                count = times.sample(rows)
                result[name] = measure() // count if count else None
                transaction.set_rollback(True, using=alias)
        except (Error, ValueError, TypeError):
            result[name] = None
    return result


_KEYS: dict[str, list[Any]] = {}
"""Of each table those of the rows that are written, the same ones each time."""


class _Times:
    """Writes many rows of one table at once and looks at the clock."""

    def __init__(self, connection: Any, table: str, pk: str, columns: list[str]) -> None:
        self._connection = connection
        quote = connection.ops.quote_name
        self._table, self._pk = quote(table), quote(pk)
        self._columns = [quote(column) for column in columns if column != pk]
        self._kind = "TEMPORARY TABLE" if connection.vendor == "mysql" else "TABLE"

    def sample(self, rows: int) -> int:
        """Copies rows to a table of their own; how many."""
        with self._connection.cursor() as cursor:
            for name in ("hotclub_sample", "hotclub_moved"):  # not every database rolls them back
                cursor.execute(f"DROP {self._kind} IF EXISTS {name}")
            keys = self._keys(cursor, rows)
            marks = ", ".join(["%s"] * len(keys))
            cursor.execute(
                f"CREATE TEMPORARY TABLE hotclub_sample AS SELECT * FROM {self._table} "
                f"WHERE {self._pk} IN ({marks})",
                keys,
            )
        return len(keys)

    def _keys(self, cursor: Any, rows: int) -> list[Any]:
        if self._table not in _KEYS:
            cursor.execute(f"SELECT COUNT(*) FROM {self._table}")
            step = max(1, cursor.fetchone()[0] // rows)
            cursor.execute(
                f"SELECT k FROM (SELECT {self._pk} AS k, ROW_NUMBER() OVER (ORDER BY {self._pk}) "
                f"AS n FROM {self._table}) AS numbered WHERE n %% %s = 0",
                [step],
            )
            _KEYS[self._table] = [key for (key,) in cursor.fetchall()][:rows]
        return _KEYS[self._table]

    def update(self) -> int:
        """Each row gets the values of the one before it; nanoseconds for all."""
        names = [f"c{number}" for number in range(len(self._columns))]
        moved = "".join(
            f", COALESCE(LAG({column}) OVER (ORDER BY {self._pk}), {column}) AS {name}"
            for column, name in zip(self._columns, names, strict=True)
        )
        given = ", ".join(
            f"{column} = m.{name}" for column, name in zip(self._columns, names, strict=True)
        )
        joined = f"{self._table}.{self._pk} = m.k"
        sql = f"UPDATE {self._table} SET {given} FROM hotclub_moved AS m WHERE {joined}"
        if self._connection.vendor == "mysql":
            sql = f"UPDATE {self._table} JOIN hotclub_moved AS m ON {joined} SET {given}"
        with self._connection.cursor() as cursor:
            cursor.execute(
                "CREATE TEMPORARY TABLE hotclub_moved AS "
                f"SELECT {self._pk} AS k{moved} FROM hotclub_sample"
            )
            return self._timed(cursor, sql)

    def insert(self) -> int:
        """The rows are taken out, then put in again; nanoseconds for that."""
        with self._connection.cursor() as cursor:
            cursor.execute(
                f"DELETE FROM {self._table} WHERE {self._pk} IN "
                f"(SELECT {self._pk} FROM hotclub_sample)"
            )
            return self._timed(cursor, f"INSERT INTO {self._table} SELECT * FROM hotclub_sample")

    def _timed(self, cursor: Any, sql: str) -> int:
        began = time.perf_counter_ns()
        cursor.execute(sql)
        return time.perf_counter_ns() - began


OPERATIONS: dict[str, Callable[..., dict[str, Any]]] = {
    "build": build,
    "drop": drop,
    "writes": writes,
}
