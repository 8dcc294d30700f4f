"""What the page shows, as JSON types: a diagnosis, the spans of its recording, and fixes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hotclub.doctor import Diagnosis
from hotclub.doctor.diagnosis import on_a_sample
from hotclub.recording import Recording, Request
from hotclub.report._findings import MAX_SQL, cut, finding_data
from hotclub.report._fixes import fixes_data
from hotclub.report._texts import Texts

MAX_REQUESTS = 1000
MAX_SPANS = 400
"""Of one request."""
MAX_SPANS_IN_ALL = 40_000


def page_data(
    diagnosis: Diagnosis,
    recording: Recording,
    tree: Path,
    fixes: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Everything of the page; what is cut is counted in it.

    ``tree`` is where the project's sources can be read; ``fixes`` what became of the findings, in
    the form of ``hotclub fix --json``.
    """
    recorded = recording.requests()
    deep = [request for request in recorded if request.depth == "deep"]
    recorded = sorted(deep or recorded, key=lambda request: -request.duration_ns)
    requests = _Requests(recording)
    for request in recorded[:MAX_REQUESTS]:
        requests.add(request)
    summary = diagnosis.as_json()["summary"]
    return {
        "project": diagnosis.root.name,
        "summary": {
            **summary,
            "requests": summary["requests"] or len(recorded),
            "queries": summary["queries"] or sum(one.query_count for one in recorded),
        },
        "limits": {
            "requests": MAX_REQUESTS,
            "spans": MAX_SPANS,
            "spans_in_all": MAX_SPANS_IN_ALL,
            "sql": MAX_SQL,
        },
        "requests_left_out": max(0, len(recorded) - MAX_REQUESTS),
        "spans_left_out": requests.left_out,
        "findings": [finding_data(one, tree, requests.plan) for one in diagnosis.findings],
        "fixes": fixes_data(fixes) if fixes else None,
        "sampled": [on_a_sample(what) for what in diagnosis.sampled],
        "notes": list(diagnosis.notes),
        "requests": requests.shown,
        "texts": requests.texts.listed,
    }


class _Requests:
    """The requests as the page shows them, the slowest first, and the plans of their statements."""

    def __init__(self, recording: Recording) -> None:
        self.texts = Texts()
        self.shown: list[dict[str, Any]] = []
        self.left_out = 0
        self._recording = recording
        self._left = MAX_SPANS_IN_ALL
        self._plans = recording.plans()
        self._by_sql: dict[str, tuple[str, ...]] = {}

    def plan(self, sql: str) -> tuple[str, ...]:
        """That of a statement of these requests, where the recording has it."""
        return self._by_sql.get(sql, ())

    def add(self, request: Request) -> None:
        """The next request, with as many of its longest spans as there is room for."""
        spans = self._recording.spans(request)
        most = min(MAX_SPANS, self._left)
        kept = sorted(spans, key=lambda span: -span.duration_ns)[:most]
        parents = {span.id: span.parent_id for span in spans}
        ids = {span.id for span in kept}
        statements = self._statements(request)
        self._left -= len(kept)
        self.left_out += len(spans) - len(kept)
        self.shown.append({
            "label": request.label or f"{request.method} {request.target}",
            "status": request.status,
            "ms": round(request.duration_ns / 1e6, 3),
            "queries": request.query_count,
            "query_ms": round(request.query_ns / 1e6, 3),
            "spans_left_out": len(spans) - len(kept),
            "spans": [
                [
                    span.id,
                    _kept_parent(span.parent_id, parents, ids),
                    span.kind,
                    self.texts.number(cut(span.name or span.kind)),
                    round(span.started_ns / 1e3),
                    round(span.duration_ns / 1e3),
                    *statements.get(span.id, (-1, -1)),
                ]
                for span in sorted(kept, key=lambda span: (span.started_ns, span.id))
            ],
        })  # fmt: skip

    def _statements(self, request: Request) -> dict[int, tuple[int, int]]:
        """Of each query's span the numbers of its statement's text and of its plan's."""
        found = {}
        for query in self._recording.queries(request):
            plan = self._plans.get((query.statement_id, query.alias), ())
            sql = query.sql or "(a statement that was not kept)"
            if plan and query.sql:
                self._by_sql[query.sql] = plan
            number = self.texts.number("\n".join(plan)) if plan else -1
            found[query.span.id] = (self.texts.number(cut(sql)), number)
        return found


def _kept_parent(number: int | None, parents: Mapping[int, int | None], kept: set[int]) -> int:
    """The nearest span around that is shown; 0 for none."""
    while number is not None and number not in kept:
        number = parents.get(number)
    return number or 0
