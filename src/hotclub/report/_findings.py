"""A finding as the page shows it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from hotclub.doctor.finding import Finding, MissingIndex, Place
from hotclub.doctor.lines import source_lines

MAX_SQL = 2_000
MAX_REQUESTS = 20
MAX_WIDTH = 300
_AROUND = 3

Plan = Callable[[str], Sequence[str]]
"""The plan of a statement, in lines; empty where nobody asked for it."""


def finding_data(finding: Finding, tree: Path, plan: Plan) -> dict[str, Any]:
    """JSON types; ``tree`` is where the project's sources can be read."""
    evidence = finding.evidence
    return {
        "code": finding.code,
        "title": finding.title,
        "place": str(finding.place or (finding.trigger[0] if finding.trigger else "")),
        "lookup": finding.lookup,
        "model": finding.model,
        "members": evidence.members,
        "loads": evidence.loads,
        "queries": evidence.queries,
        "rows": evidence.rows,
        "detail": evidence.detail,
        "sql": cut(evidence.sql or ""),
        "plan": list(plan(evidence.sql or "")),
        "index": _index(finding.index, plan) if finding.index else None,
        "requests": list(evidence.requests[:MAX_REQUESTS]),
        "requests_left_out": max(0, len(evidence.requests) - MAX_REQUESTS),
        "cost_ms": round(finding.cost_ms, 3),
        "gain_ms": round(finding.gain_ms, 3),
        "saved": round(finding.queries_saved, 1),
        "measured": finding.measured,
        "advice": finding.advice,
        "reason": finding.reason,
        "source": _source(finding.place, tree),
    }


def _index(index: MissingIndex, plan: Plan) -> dict[str, Any]:
    """What would be made, and what was measured of it on a copy."""
    return {
        "call": index.written('"', "models") if index.fields else index.name,
        "bytes": index.bytes,
        "statements": [
            {
                "sql": cut(one.sql),
                "plan": list(plan(one.sql)),
                "before_ms": round(one.before_ms, 3),
                "after_ms": round(one.after_ms, 3),
                "runs": one.runs,
            }
            for one in index.statements
        ],
    }


def cut(sql: str) -> str:
    """At most MAX_SQL characters, with the number of those left out."""
    if len(sql) <= MAX_SQL:
        return sql
    return f"{sql[:MAX_SQL]} … ({len(sql) - MAX_SQL:,} characters more)"


def _source(place: Place | None, tree: Path) -> list[list[Any]]:
    """Lines around a place: number, text, and where the mark begins and ends (or -1, -1)."""
    if place is None or not place.in_project or not place.line:
        return []
    lines = source_lines(tree / place.path)
    end = place.end_line or place.line
    rows: list[list[Any]] = []
    for number in range(max(1, place.line - _AROUND), min(len(lines), end + _AROUND) + 1):
        text = lines[number - 1]
        first, last = -1, -1
        if place.line <= number <= end:
            first = (place.column or 0) if number == place.line else 0
            last = len(text) if place.end_column is None or number < end else place.end_column
        shown = text if len(text) <= MAX_WIDTH else f"{text[:MAX_WIDTH]} …"
        rows.append([number, shown, first, last])
    return rows
