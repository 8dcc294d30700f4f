"""hotclub's findings of a recording, as alarms."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hotclub.doctor import Finding, Place, examine

RULES = {
    "HC101": "n+1", "HC102": "n+1", "HC103": "n+1", "HC104": "n+1", "HC105": "unused",
    "HC106": "defeated", "HC107": "deferred", "HC108": "single", "HC109": "get",
    "HC110": "permission", "HC201": "duplicate", "HC301": "counted",
}  # fmt: skip
"""The findings that are of relations; others are not judged here."""


def alarms(recording: Path, project: Path) -> tuple[list[dict[str, Any]], list[str]]:
    """What is said of which case, and the codes of what is not judged."""
    found: list[dict[str, Any]] = []
    others: list[str] = []
    for finding in examine(recording, project).findings:
        rule = RULES.get(finding.code)
        if rule is None:
            others.append(finding.code)
            continue
        for case in sorted({label.partition("|")[0] for label in finding.evidence.requests}):
            found.append({"case": case, **_alarm(finding, rule, project)})
    return found, others


def _alarm(finding: Finding, rule: str, project: Path) -> dict[str, Any]:
    place = finding.place
    if rule == "get" and "get" not in finding.shape:
        rule = "filter"
    return {
        "rule": rule,
        "names": sorted(_names(finding)),
        "tables": [],
        "at": None if place is None else _text(place, project),
        "code": finding.code,
    }


def _names(finding: Finding) -> Iterator[str]:
    if finding.path:
        last = finding.path[-1]
        yield f"{_short(last.model)}.{last.relation}"
    elif finding.code == "HC110":
        yield "User.has_perm"
    elif finding.code == "HC201":
        yield f"{_short(finding.model)}.name"
    else:
        yield f"{_short(finding.model)}.get()"


def _short(label: str) -> str:
    return label.rpartition(".")[2]


def _text(place: Place, project: Path) -> str:
    """The expression as it is written; for a class its name."""
    if place.kind == "class":
        return f"class {place.qualname}"
    lines = (project / place.path).read_text(encoding="utf-8").split("\n")
    if place.column is None or place.end_line is None:
        return lines[place.line - 1].strip()
    lines = lines[place.line - 1 : place.end_line]
    lines[-1] = lines[-1][: place.end_column]
    return "\n".join([lines[0][place.column :], *lines[1:]])
