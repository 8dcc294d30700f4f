"""The indexes that a clone has, as its database's own catalogue describes them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from hotclub.agent.worker._indexing import mysql_size, sqlite_size

_POSTGRES = """
SELECT t.relname, i.relname, x.indisunique OR x.indisprimary OR x.indisreplident OR EXISTS (
    SELECT 1 FROM pg_constraint c WHERE c.conindid = x.indexrelid),
  am.amname, x.indnkeyatts, coalesce(pg_get_expr(x.indpred, x.indrelid), ''),
  pg_relation_size(i.oid),
  ARRAY(SELECT pg_get_indexdef(x.indexrelid, n, true) FROM generate_series(1, x.indnatts) n),
  ARRAY(SELECT a.attname FROM generate_series(0, x.indnatts - 1) n
    LEFT JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = x.indkey[n]
      AND a.attnum > 0 ORDER BY n),
  ARRAY(SELECT concat_ws(' ', x.indoption[n], x.indclass[n], x.indcollation[n])
    FROM generate_series(0, x.indnkeyatts - 1) n ORDER BY n)
FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
JOIN pg_am am ON am.oid = i.relam
WHERE t.relname = ANY(%s) AND pg_table_is_visible(t.oid) AND x.indisvalid
ORDER BY t.relname, i.relname
"""

_MYSQL = """
SELECT s.TABLE_NAME, s.INDEX_NAME, s.COLUMN_NAME, s.COLLATION, s.SUB_PART, s.INDEX_TYPE,
  NOT s.NON_UNIQUE OR EXISTS (SELECT 1 FROM information_schema.KEY_COLUMN_USAGE k
    WHERE k.TABLE_SCHEMA = s.TABLE_SCHEMA AND k.TABLE_NAME = s.TABLE_NAME
    AND k.COLUMN_NAME = s.COLUMN_NAME AND k.REFERENCED_TABLE_NAME IS NOT NULL)
FROM information_schema.STATISTICS s
WHERE s.TABLE_SCHEMA = DATABASE() AND s.TABLE_NAME IN %s
ORDER BY s.TABLE_NAME, s.INDEX_NAME, s.SEQ_IN_INDEX
"""


def catalogue(alias: str, names: list[str]) -> dict[str, Any]:
    """The ``indexes`` of these tables.

    Of each ``table`` and ``name``; ``keys``, which two indexes share where they sort alike (column
    or expression, direction, operators, collation); the ``columns`` of the keys, null for an
    expression; ``include``; ``condition`` of a partial one; ``method``; ``needed`` where it keeps
    rows apart or serves a constraint; ``bytes``.
    """
    from django.db import connections

    connection = connections[alias]
    read = _READ.get(connection.vendor)
    if read is None:
        return {"indexes": []}
    with connection.cursor() as cursor:
        return {"indexes": read(cursor, names)}


def _postgres(cursor: Any, names: list[str]) -> list[dict[str, Any]]:
    cursor.execute(_POSTGRES, [names])
    found = []
    for row in cursor.fetchall():
        table, name, needed, method, count, condition, size, texts, columns, options = row
        found.append(
            {
                "table": table,
                "name": name,
                "keys": [" ".join(pair) for pair in zip(texts, options, strict=False)],
                "columns": list(columns[:count]),
                "include": list(columns[count:]),
                "condition": condition,
                "method": method,
                "needed": needed,
                "bytes": size,
            }
        )
    return found


def _sqlite(cursor: Any, names: list[str]) -> list[dict[str, Any]]:
    found = []
    for table in names:
        cursor.execute("SELECT name, [unique], origin FROM pragma_index_list(%s)", [table])
        for name, unique, origin in cursor.fetchall():
            cursor.execute("SELECT sql FROM sqlite_master WHERE name = %s", [name])
            sql = str((cursor.fetchone() or ("",))[0] or "")
            cursor.execute(
                "SELECT name, [desc], coll FROM pragma_index_xinfo(%s) WHERE [key] ORDER BY seqno",
                [name],
            )
            keys = cursor.fetchall()
            expression = re.sub(r"^.*?\bON\b", "", sql, count=1, flags=re.DOTALL | re.IGNORECASE)
            condition = re.search(r"\bWHERE\b(.*)$", sql, re.DOTALL | re.IGNORECASE)
            found.append(
                {
                    "table": table,
                    "name": name,
                    "keys": [f"{key or expression} {down} {coll}" for key, down, coll in keys],
                    "columns": [key for key, _, _ in keys],
                    "include": [],
                    "condition": condition[1].strip() if condition else "",
                    "method": "btree",
                    "needed": bool(unique) or origin != "c",
                    "bytes": sqlite_size(cursor, name),
                }
            )
    return found


def _mysql(cursor: Any, names: list[str]) -> list[dict[str, Any]]:
    """What serves a foreign key is needed: the server does not do without."""
    cursor.execute(_MYSQL, [tuple(names) or ("",)])
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for table, name, column, collation, part, kind, needed in cursor.fetchall():
        index = found.setdefault(
            (table, name),
            {
                "table": table,
                "name": name,
                "keys": [],
                "columns": [],
                "include": [],
                "condition": "",
                "method": str(kind).lower(),
                "needed": bool(needed),
                "bytes": mysql_size(cursor, name, table),
            },
        )
        index["keys"].append(f"{column} {collation} {part or ''}")
        index["columns"].append(column)
    return list(found.values())


_READ: dict[str, Callable[[Any, list[str]], list[dict[str, Any]]]] = {
    "postgresql": _postgres,
    "sqlite": _sqlite,
    "mysql": _mysql,
}

OPERATIONS: dict[str, Callable[..., dict[str, Any]]] = {"catalogue": catalogue}
