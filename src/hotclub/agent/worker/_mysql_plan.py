"""MariaDB's and MySQL's plans, and what these servers say of the work that a statement was.

The work is counted in rows: those that the server's handlers were asked for (``Handler_read_…``),
and those that were sorted. It is the same in every run on the same data; the clock is not.
https://mariadb.com/kb/en/explain-format-json/
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

_WHOLE = ("ALL", "index")
"""How a table is read whole: its rows, or all of one of its indexes."""
_SORTS = ("filesort", "temporary_table")
_SORTING = ("using_filesort", "using_temporary_table")
_HANDLED = (
    "SHOW SESSION STATUS WHERE Variable_name LIKE 'Handler_read_%' OR Variable_name = 'Sort_rows'"
)
_KEYLESS = """
SELECT COLUMN_NAME FROM information_schema.COLUMNS
WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = %s AND (DATA_TYPE LIKE '%%text'
  OR DATA_TYPE LIKE '%%blob' OR DATA_TYPE IN ('json', 'geometry', 'point', 'polygon'))
"""


def explain(cursor: Any, sql: str, params: Any) -> dict[str, Any]:
    """The plan of a statement that is not run."""
    plan = _explained(cursor, sql, params)
    if "query_block" not in plan:  # a MySQL that has another form of plans, and this one too
        cursor.execute("SET SESSION explain_json_format_version = 1")
        plan = _explained(cursor, sql, params)
    tables = [value for key, value in _pairs(plan) if key == "table" and "table_name" in value]
    return {
        "lines": [_line(table) for table in tables],
        "scans": [t["table_name"] for t in tables if t.get("access_type") in _WHOLE],
        "sorts": any(k in _SORTS or (k in _SORTING and value) for k, value in _pairs(plan)),
        "indexes": [str(table["key"]) for table in tables if table.get("key")],
    }


def _explained(cursor: Any, sql: str, params: Any) -> Any:
    cursor.execute(f"EXPLAIN FORMAT=JSON {sql}", params)
    return json.loads(cursor.fetchone()[0])


def work(cursor: Any, sql: str, params: Any) -> int:
    """Run a statement once, and count."""
    before = handled(cursor)
    cursor.execute(sql, params)
    if cursor.description:
        cursor.fetchall()
    return handled(cursor) - before


def handled(cursor: Any) -> int:
    """Rows that this connection has asked for so far; asking for the number adds none."""
    cursor.execute(_HANDLED)
    return sum(int(value) for _, value in cursor.fetchall())


def keyless(cursor: Any, table: str) -> list[str]:
    """Columns that an index cannot have as a whole."""
    cursor.execute(_KEYLESS, [table])
    return [str(name) for (name,) in cursor.fetchall()]


def _pairs(node: Any) -> Iterator[tuple[str, Any]]:
    """Every key of a plan with its value, from the outside in."""
    if isinstance(node, list):
        for inner in node:
            yield from _pairs(inner)
    elif isinstance(node, dict):
        for key, value in node.items():
            yield key, value
            yield from _pairs(value)


def _line(table: Mapping[str, Any]) -> str:
    """``ref on orders_order using orders_customer``, as people know it."""
    words = [str(table.get("access_type", "table")), "on", str(table["table_name"])]
    words += ["using", str(table["key"])] if table.get("key") else []
    return " ".join(words)
