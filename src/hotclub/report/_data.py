"""What the page shows, as JSON types: a diagnosis, and the spans of its recording."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hotclub.doctor import Diagnosis
from hotclub.doctor.finding import Finding, Place
from hotclub.recording import Recording, Request

MAX_REQUESTS = 1000
MAX_SPANS = 400
"""Of one request."""
MAX_SPANS_IN_ALL = 40_000
MAX_SQL = 2_000
_AROUND = 3


def page_data(diagnosis: Diagnosis, recording: Recording, tree: Path) -> dict[str, Any]:
    """Everything of the page; what is cut is counted in it."""
    texts = _Texts()
    left = MAX_SPANS_IN_ALL
    requests = []
    recorded = recording.requests()
    deep = [request for request in recorded if request.depth == "deep"]
    recorded = sorted(deep or recorded, key=lambda request: -request.duration_ns)
    for request in recorded[:MAX_REQUESTS]:
        shown = _request(recording, request, texts, min(MAX_SPANS, left))
        left -= len(shown["spans"])
        requests.append(shown)
    summary = diagnosis.as_json()["summary"]
    return {
        "project": diagnosis.root.name,
        "summary": {
            **summary,
            "requests": summary["requests"] or len(recorded),
            "queries": summary["queries"] or sum(one.query_count for one in recorded),
        },
        "limits": {"requests": MAX_REQUESTS, "spans": MAX_SPANS, "sql": MAX_SQL},
        "requests_left_out": max(0, len(recorded) - MAX_REQUESTS),
        "findings": [_finding(finding, tree) for finding in diagnosis.findings],
        "notes": list(diagnosis.notes),
        "requests": requests,
        "texts": texts.listed,
    }


class _Texts:
    """Names and statements, each once: spans refer to them by number."""

    def __init__(self) -> None:
        self.listed: list[str] = []
        self._numbers: dict[str, int] = {}

    def number(self, text: str) -> int:
        text = cut(text)
        if text not in self._numbers:
            self._numbers[text] = len(self.listed)
            self.listed.append(text)
        return self._numbers[text]


def cut(sql: str) -> str:
    """At most MAX_SQL characters, with the number of those left out."""
    if len(sql) <= MAX_SQL:
        return sql
    return f"{sql[:MAX_SQL]} … ({len(sql) - MAX_SQL:,} characters more)"


def _request(recording: Recording, request: Request, texts: _Texts, most: int) -> dict[str, Any]:
    spans = recording.spans(request)
    statements = {
        query.span.id: query.sql or "(a statement that was not kept)"
        for query in recording.queries(request)
    }
    kept = sorted(spans, key=lambda span: -span.duration_ns)[: max(0, most)]
    ids = {span.id for span in kept}
    parents = {span.id: span.parent_id for span in spans}

    def kept_parent(number: int | None) -> int:
        while number is not None and number not in ids:
            number = parents.get(number)
        return number or 0

    return {
        "label": request.label or f"{request.method} {request.target}",
        "status": request.status,
        "ms": round(request.duration_ns / 1e6, 3),
        "queries": request.query_count,
        "query_ms": round(request.query_ns / 1e6, 3),
        "spans_left_out": len(spans) - len(kept),
        "spans": [
            [
                span.id,
                kept_parent(span.parent_id),
                span.kind,
                texts.number(span.name or span.kind),
                round(span.started_ns / 1e3),
                round(span.duration_ns / 1e3),
                texts.number(statements[span.id]) if span.id in statements else -1,
            ]
            for span in sorted(kept, key=lambda span: (span.started_ns, span.id))
        ],
    }


def _finding(finding: Finding, tree: Path) -> dict[str, Any]:
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
        "requests": list(evidence.requests[:20]),
        "cost_ms": round(finding.cost_ms, 3),
        "gain_ms": round(finding.gain_ms, 3),
        "saved": round(finding.queries_saved, 1),
        "measured": finding.measured,
        "advice": finding.advice,
        "reason": finding.reason,
        "source": _source(finding.place, tree),
    }


def _source(place: Place | None, tree: Path) -> list[list[Any]]:
    """Lines around a place: number, text, and where the mark begins and ends (or -1, -1)."""
    if place is None or not place.in_project or not place.line:
        return []
    try:
        lines = (tree / place.path).read_text("utf-8", "replace").split("\n")
    except OSError:
        return []
    end = place.end_line or place.line
    rows: list[list[Any]] = []
    for number in range(max(1, place.line - _AROUND), min(len(lines), end + _AROUND) + 1):
        text = lines[number - 1]
        first, last = -1, -1
        if place.line <= number <= end:
            first = (place.column or 0) if number == place.line else 0
            last = len(text) if place.end_column is None or number < end else place.end_column
        rows.append([number, text[:300], first, last])
    return rows
