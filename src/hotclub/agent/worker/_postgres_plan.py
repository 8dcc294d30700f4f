"""PostgreSQL's plans, and what they say of the work that a statement was.

The work is counted in rows: every row that a scan looked at, those that were sorted once more,
and for each page that was touched as many as take that long to look at. It is the same in every
run on the same data, whatever else the machine does; the clock is not. (A connection's first run
of a statement touches a few pages more, of the catalogue.)
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

PAGE_ROWS = 5
"""Touching a page takes as long as looking at so many rows, about."""
IN_ORDER = 0.95
"""Rows lie in a column's order from this correlation on; 1 is perfect."""
_REMOVED = (
    "Rows Removed by Filter",
    "Rows Removed by Index Recheck",
    "Rows Removed by Join Filter",
)
_PAGES = ("Shared Hit Blocks", "Shared Read Blocks", "Temp Read Blocks", "Temp Written Blocks")


def explain(cursor: Any, sql: str, params: Any) -> dict[str, Any]:
    """The plan of a statement that is not run."""
    nodes = list(_nodes(_plan(cursor, "FORMAT JSON", sql, params)))
    return {
        "lines": [_line(node, depth) for node, depth in nodes],
        "scans": [
            str(node.get("Alias") or node["Relation Name"])
            for node, _ in nodes
            if node["Node Type"] == "Seq Scan"
        ],
        "sorts": any("Sort" in node["Node Type"] for node, _ in nodes),
        "indexes": [str(node["Index Name"]) for node, _ in nodes if "Index Name" in node],
    }


def work(cursor: Any, sql: str, params: Any) -> int:
    """Run a statement once, and count."""
    root = _plan(cursor, "ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON", sql, params)
    pages = sum(int(root.get(name, 0)) for name in _PAGES)
    return round(PAGE_ROWS * pages + sum(_rows(node) for node, _ in _nodes(root)))


def ordered(cursor: Any, table: str) -> list[str]:
    """The columns in whose order, or nearly, a table's rows lie on disk, as its statistics say."""
    cursor.execute(
        "SELECT attname FROM pg_stats WHERE tablename = %s AND abs(correlation) >= %s "
        "AND schemaname = ANY(current_schemas(false)) ORDER BY 1",
        [table, IN_ORDER],
    )
    return [str(name) for (name,) in cursor.fetchall()]


def _plan(cursor: Any, options: str, sql: str, params: Any) -> Mapping[str, Any]:
    cursor.execute(f"EXPLAIN ({options}) {sql}", params)
    told = cursor.fetchone()[0]
    plan: Mapping[str, Any] = (json.loads(told) if isinstance(told, str) else told)[0]["Plan"]
    return plan


def _nodes(node: Mapping[str, Any], depth: int = 0) -> Iterator[tuple[Mapping[str, Any], int]]:
    yield node, depth
    for inner in node.get("Plans", ()):
        yield from _nodes(inner, depth + 1)


def _rows(node: Mapping[str, Any]) -> float:
    """Rows that a node looked at; those of scans, and of sorts what they were given."""
    loops = float(node.get("Actual Loops", 0))
    removed = sum(float(node.get(name, 0)) for name in _REMOVED) * loops
    if "Scan" in node["Node Type"]:
        return float(node.get("Actual Rows", 0)) * loops + removed
    if "Sort" in node["Node Type"]:
        given = node.get("Plans", ())
        return sum(float(n.get("Actual Rows", 0)) * float(n.get("Actual Loops", 0)) for n in given)
    return removed


def _line(node: Mapping[str, Any], depth: int) -> str:
    """``  Index Scan using orders_created on orders_order``, as people know it."""
    words = [str(node["Node Type"])]
    words += [f"using {node['Index Name']}"] if "Index Name" in node else []
    words += [f"on {node['Relation Name']}"] if "Relation Name" in node else []
    alias = node.get("Alias")
    words += [str(alias)] if alias and alias != node.get("Relation Name") else []
    return "  " * depth + " ".join(words)
