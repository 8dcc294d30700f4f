"""What a request has left in the tables that it wrote to: one digest for each column.

Columns are told apart because some differ between any two runs, such as the time of a change.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Any

_MOST_ROWS = 200_000
_WRITTEN = re.compile(
    r"\b(?:INSERT\s+(?:(?:OR\s+\w+|IGNORE)\s+)?INTO|REPLACE\s+INTO|UPDATE(?:\s+ONLY)?"
    r"|DELETE(?:\s+`\w+`)?\s+FROM)\s+"
    r"((?:[\"`]?\w+[\"`]?\.)?[\"`]?[\w$]+[\"`]?)",
    re.IGNORECASE,
)


def tables_written(sql: str) -> list[str]:
    """The tables that a statement writes to, without quotation marks and schemas."""
    return [name.rpartition(".")[2].strip('"`') for name in _WRITTEN.findall(sql)]


def state(tables: list[tuple[str, str]]) -> dict[str, Any]:
    """Of each (alias, table) the number of rows, and a digest of every column in the order of the
    key; of a table of very many rows the number only."""
    found: dict[str, str] = {}
    for alias, table in tables:
        found.update(_table(alias, table))
    return {"state": found}


def _table(alias: str, table: str) -> dict[str, str]:
    from django.db import Error, connections

    connection = connections[alias]
    name = connection.ops.quote_name(table)
    prefix = f"{table}." if alias == "default" else f"{alias}:{table}."
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT COUNT(*) FROM {name}")
            number = cursor.fetchone()[0]
            if number > _MOST_ROWS:
                return {f"{prefix}*": str(number)}
            keys = connection.introspection.get_primary_key_columns(cursor, table) or []
            order = ", ".join(map(connection.ops.quote_name, keys)) or "1"
            cursor.execute(f"SELECT * FROM {name} ORDER BY {order}")
            columns = [column[0] for column in cursor.description]
            digests = [hashlib.sha256() for _ in columns]
            for row in cursor:
                for digest, value in zip(digests, row, strict=True):
                    digest.update(repr(value).encode() + b"\0")
    except Error:
        return {}
    pairs = zip(columns, digests, strict=True)
    return {f"{prefix}*": str(number)} | {f"{prefix}{c}": d.hexdigest() for c, d in pairs}


OPERATIONS: dict[str, Callable[..., dict[str, Any]]] = {"state": state}
