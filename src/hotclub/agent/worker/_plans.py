"""What a database does with statements, and what an index changes of that.

Everything is asked of a child's own clone; what writes is rolled back or dropped again. The
answers are the same for every vendor, so that whoever weighs them need not know one.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

from hotclub.agent.worker._errors import failure

_STEP = re.compile(r"(?:SCAN|SEARCH)(?: TABLE)? (\S+)(?: AS (\S+))?")
_INDEX = re.compile(r"USING (?:COVERING )?INDEX (\S+)")
_VENDORS = ("sqlite",)


def plans(alias: str, statements: list[dict[str, Any]]) -> dict[str, Any]:
    """How each statement would be run, none of them being run.

    For each ``lines``, the plan in the database's words; ``scans``, the names of the tables that
    are read whole; ``sorts``, whether rows are sorted, or an index is made for the occasion;
    ``indexes``, the names of those that are used. For one that cannot be explained ``error``.
    """
    from django.db import Error, connections

    connection = connections[alias]
    if connection.vendor not in _VENDORS:
        raise failure("vendor", f"plans of {connection.display_name} are not read yet")
    found: list[dict[str, Any]] = []
    for one in statements:
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN QUERY PLAN {one['sql']}", one["params"])
                found.append(_sqlite([str(row[3]) for row in cursor.fetchall()]))
        except (Error, ValueError, TypeError, IndexError, KeyError) as error:
            found.append({"error": str(error)})
    return {"plans": found}


def _sqlite(lines: list[str]) -> dict[str, Any]:
    scans, indexes = [], []
    for line in lines:
        step, index = _STEP.match(line), _INDEX.search(line)
        if step and line.startswith("SCAN"):
            scans.append(step[2] or step[1])
        if index:
            indexes.append(index[1])
    sorts = any("TEMP B-TREE" in line or "AUTOMATIC" in line for line in lines)
    return {"lines": lines, "scans": scans, "sorts": sorts, "indexes": indexes}


def tables(alias: str, names: list[str]) -> dict[str, Any]:
    """Of each of these tables that exists: ``rows``, and the columns of its ``indexes``."""
    from django.db import Error, connections

    connection = connections[alias]
    found = {}
    for name in names:
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT COUNT(*) FROM {connection.ops.quote_name(name)}")
                rows = cursor.fetchone()[0]
                known = connection.introspection.get_constraints(cursor, name)
        except Error:
            continue
        found[name] = {
            "rows": rows,
            "names": sorted(known),
            "indexes": [one["columns"] for one in known.values() if _is_index(one)],
            "unique": [one["columns"] for one in known.values() if _is_unique(one)],
        }
    return {"tables": found}


def _is_index(constraint: Any) -> bool:
    kept = constraint["index"] or constraint["unique"] or constraint["primary_key"]
    return bool(kept and constraint["columns"] and None not in constraint["columns"])


def _is_unique(constraint: Any) -> bool:
    return bool(_is_index(constraint) and (constraint["unique"] or constraint["primary_key"]))


def clock(
    alias: str, statements: list[dict[str, Any]], seconds: float = 0.02, most: int = 3
) -> dict[str, Any]:
    """Nanoseconds that each statement takes, rows fetched: the quickest of a few runs.

    A statement is run again until ``seconds`` are over, ``most`` times. None for one that fails.
    """
    from django.db import Error, connections

    found: list[int | None] = []
    with connections[alias].cursor() as cursor:
        for one in statements:
            best: int | None = None
            spent = 0
            for _ in range(most):
                began = time.perf_counter_ns()
                try:
                    cursor.execute(one["sql"], one["params"])
                    cursor.fetchall()
                except (Error, ValueError, TypeError):
                    best = None
                    break
                took = time.perf_counter_ns() - began
                best = took if best is None else min(best, took)
                spent += took
                if spent > seconds * 1e9:
                    break
            found.append(best)
    return {"ns": found}


OPERATIONS: dict[str, Callable[..., dict[str, Any]]] = {
    "plans": plans,
    "tables": tables,
    "clock": clock,
}
