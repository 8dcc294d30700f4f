"""Which pages are worth loading: the project's own that cost most, one for each route."""

from __future__ import annotations

from collections.abc import Sequence

from hotclub.doctor import Diagnosis, Request
from hotclub.doctor.finding import Finding


def choose(diagnosis: Diagnosis, count: int) -> list[Request]:
    """Up to ``count`` requests that edits gain most, then the slowest others.

    Only those that a load may repeat: ``GET`` answered 200, one of each route and user.
    """
    gain: dict[str, float] = {}
    for finding in filter(_is_edited, diagnosis.findings):
        for label in finding.evidence.requests:
            gain[label] = gain.get(label, 0.0) + finding.gain_ms
    candidates = [
        request
        for request in diagnosis.requests
        if request.method == "GET" and request.status == 200 and request.in_project
    ]
    candidates.sort(key=lambda request: -_worth(request, gain))
    return _one_of_each_route(candidates)[:count]


def _is_edited(finding: Finding) -> bool:
    """Whether an edit may answer it: what is only advised makes no page quicker."""
    return bool(finding.path or finding.index) and not finding.reason


def _worth(request: Request, gain: dict[str, float]) -> float:
    return gain.get(request.label, 0.0) * 1000 + (request.milliseconds or 0.0)


def _one_of_each_route(requests: Sequence[Request]) -> list[Request]:
    chosen: dict[str, Request] = {}
    for request in requests:
        chosen.setdefault(request.route, request)
    return list(chosen.values())
