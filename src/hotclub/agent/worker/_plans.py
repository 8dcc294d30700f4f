"""How a database would run statements, and what it knows of the tables.

Everything is asked of a child's own clone, and nothing is run here: a statement that writes is
explained in a transaction that is rolled back. The answers are the same for every vendor, so
that whoever weighs them need not know one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from hotclub.agent.worker import _mysql_plan, _postgres_plan
from hotclub.agent.worker._errors import failure

_STEP = re.compile(r"(?:SCAN|SEARCH)(?: TABLE)? (\S+)(?: AS (\S+))?")
_INDEX = re.compile(r"USING (?:COVERING )?INDEX (\S+)")


def plans(alias: str, statements: list[dict[str, Any]]) -> dict[str, Any]:
    """How each statement would be run, none of them being run.

    For each ``lines``, the plan in the database's words; ``scans``, the names of the tables that
    are read whole; ``sorts``, whether rows are sorted, or an index is made for the occasion;
    ``indexes``, the names of those that are used. For one that cannot be explained ``error``.
    """
    from django.db import Error, connections, transaction

    connection = connections[alias]
    explain = _EXPLAIN.get(connection.vendor)
    if explain is None:
        raise failure("vendor", f"plans of {connection.display_name} are not read yet")
    found: list[dict[str, Any]] = []
    for one in statements:
        try:
            with transaction.atomic(using=alias), connection.cursor() as cursor:
                found.append(explain(cursor, one["sql"], one["params"]))
                transaction.set_rollback(True, using=alias)
        except (Error, ValueError, TypeError, IndexError, KeyError) as error:
            found.append({"error": str(error)})
    return {"plans": found}


def _sqlite(cursor: Any, sql: str, params: Any) -> dict[str, Any]:
    cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
    lines = [str(row[3]) for row in cursor.fetchall()]
    scans, indexes = [], []
    for line in lines:
        step, index = _STEP.match(line), _INDEX.search(line)
        if step and line.startswith("SCAN"):
            scans.append(step[2] or step[1])
        if index:
            indexes.append(index[1])
    sorts = any("TEMP B-TREE" in line or "AUTOMATIC" in line for line in lines)
    return {"lines": lines, "scans": scans, "sorts": sorts, "indexes": indexes}


_EXPLAIN: dict[str, Callable[[Any, str, Any], dict[str, Any]]] = {
    "sqlite": _sqlite,
    "postgresql": _postgres_plan.explain,
    "mysql": _mysql_plan.explain,
}


def tables(alias: str, names: list[str]) -> dict[str, Any]:
    """Of each of these tables that exists: ``rows``, the columns of its ``indexes``, those that
    none can have (``keyless``), and those in whose order the rows lie on disk (``ordered``)."""
    from django.db import Error, connections

    connection = connections[alias]
    found = {}
    for name in names:
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT COUNT(*) FROM {connection.ops.quote_name(name)}")
                rows = cursor.fetchone()[0]
                known = connection.introspection.get_constraints(cursor, name)
                mysql = connection.vendor == "mysql"
                keyless = _mysql_plan.keyless(cursor, name) if mysql else []
                postgres = connection.vendor == "postgresql"
                ordered = _postgres_plan.ordered(cursor, name) if postgres else []
        except Error:
            continue
        found[name] = {
            "rows": rows,
            "keyless": keyless,
            "ordered": ordered,
            "names": sorted(known),
            "indexes": [one["columns"] for one in known.values() if _is_index(one)],
            "unique": [one["columns"] for one in known.values() if _is_unique(one)],
        }
    return {"tables": found}


def _is_index(constraint: Any) -> bool:
    kept = constraint["index"] or constraint["unique"] or constraint["primary_key"]
    if constraint.get("type") == "brin":  # it sorts nothing
        return False
    return bool(kept and constraint["columns"] and None not in constraint["columns"])


def _is_unique(constraint: Any) -> bool:
    return bool(_is_index(constraint) and (constraint["unique"] or constraint["primary_key"]))


OPERATIONS: dict[str, Callable[..., dict[str, Any]]] = {"plans": plans, "tables": tables}
