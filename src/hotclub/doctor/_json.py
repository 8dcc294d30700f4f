"""The diagnosis as JSON: ``hotclub.doctor/1``, described in ``docs/doctor.md``."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import hotclub
from hotclub.doctor._weighed import weighed
from hotclub.doctor.diagnosis import SCHEMA, Diagnosis, Request


def as_json(diagnosis: Diagnosis) -> dict[str, Any]:
    """Plain types only; keys are never taken away within one version of the schema."""
    return {
        "schema": SCHEMA,
        "hotclub": hotclub.__version__,
        "project": str(diagnosis.root),
        "versions": dict(diagnosis.versions),
        "summary": {
            "routes": len(diagnosis.routes),
            "routes_reached": diagnosis.reached,
            "requests": diagnosis.crawled,
            "queries": diagnosis.queries,
            "findings": len(diagnosis.findings),
            "milliseconds": round(diagnosis.milliseconds, 3),
        },
        "indexes": asdict(weighed(diagnosis.findings)),
        "findings": [finding.as_json() for finding in diagnosis.findings],
        "potential": [finding.as_json() for finding in diagnosis.potential],
        "silenced": dict(diagnosis.silenced),
        "routes": [asdict(route) for route in diagnosis.routes],
        "requests": [_request(request) for request in diagnosis.requests],
        "notes": list(diagnosis.notes),
        "sampled": list(diagnosis.sampled),
        "recordings": [str(path) for path in diagnosis.recordings],
    }


def _request(request: Request) -> dict[str, Any]:
    return {
        **asdict(request),
        "headers": [list(pair) for pair in request.headers],
        "body": request.body.decode("latin-1"),
    }
