"""A diagnosis as SARIF 2.1.0, for code hosts, editors and whoever else keeps lists of results.

The standard: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import contextlib
import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import hotclub
from hotclub.doctor.diagnosis import Diagnosis
from hotclub.doctor.finding import Finding, Place
from hotclub.doctor.report import _words
from hotclub.doctor.report._findings import gain, verdict
from hotclub.doctor.report._sarif_places import ROOT, Locations, root_uri, text
from hotclub.doctor.report._sarif_rules import INDEX, RULES, rules
from hotclub.doctor.report._spots import Spot
from hotclub.doctor.silence import fingerprint, identify
from hotclub.errors import HotclubError

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_SUPPRESSED_BY = {"ignored": "inSource", "baseline": "external"}


def sarif(diagnosis: Diagnosis, tree: Path, changed: Iterable[str] = ()) -> dict[str, Any]:
    """The whole log. ``tree`` is where the project's sources can be read; ``changed`` says what
    changed in the project meanwhile."""
    run = {
        "tool": {"driver": _driver()},
        "columnKind": "utf16CodeUnits",
        "originalUriBaseIds": {ROOT: {"uri": root_uri(diagnosis.root)}},
        "invocations": [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": [
                    *({"level": "note", "message": text(note)} for note in diagnosis.said),
                    *(_changed(what) for what in changed),
                ],
            }
        ],
        "results": list(_results(diagnosis, tree)),
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def write_sarif(path: Path, log: dict[str, Any]) -> None:
    """Write the log, whole or not at all.

    Raises:
        HotclubError: the file cannot be written.
    """
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    content = json.dumps(log, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    try:
        part.write_text(content, encoding="utf-8", errors="replace")
        os.replace(part, path)
    except OSError as error:
        raise HotclubError(
            f"SARIF cannot be written to {path}: {error.strerror}; give --sarif another file"
        ) from None
    finally:
        with contextlib.suppress(OSError):
            part.unlink()


def _driver() -> dict[str, Any]:
    version = hotclub.__version__
    return {"name": "hotclub", "version": version, "semanticVersion": version, "rules": rules()}


def _changed(what: str) -> dict[str, Any]:
    return {"level": "warning", "message": text(f"the project changed meanwhile: {what}")}


def _results(diagnosis: Diagnosis, tree: Path) -> Iterator[dict[str, Any]]:
    """First what is reported, most costly first, then what is silenced."""
    locations, seen = Locations(tree), Counter[str]()
    reported = [("", finding) for finding in diagnosis.findings]
    for reason, finding in (*reported, *diagnosis.suppressed):
        known = fingerprint(identify(finding, tree))
        seen[known] += 1
        result = _result(finding, locations)
        result["partialFingerprints"] = {"hotclub/v1": f"{known}:{seen[known]}"}
        if diagnosis.suppressed:  # in all results or in none
            result["suppressions"] = [{"kind": _SUPPRESSED_BY[reason]}] if reason else []
        yield result


def _result(finding: Finding, locations: Locations) -> dict[str, Any]:
    place = finding.place or next(iter(finding.trigger), None)
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": INDEX[finding.code],
        "level": RULES[finding.code][1],
        "message": text(_message(finding)),
        "locations": [locations.location(place)] if place else [_of_index(finding)],
        "properties": _properties(finding),
    }
    related = [(helper, "made by this") for helper in _helpers(finding)]
    if finding.place:
        related += [(place, "triggered here") for place in finding.trigger[:1]]
    if related:
        result["relatedLocations"] = [
            {"id": number, **locations.location(*one)} for number, one in enumerate(related, 1)
        ]
    flow = list(_flow(finding))
    if len(flow) > 1:
        steps = [{"location": locations.location(*step)} for step in flow]
        result["codeFlows"] = [{"threadFlows": [{"locations": steps}]}]
    return result


def _of_index(finding: Finding) -> dict[str, Any]:
    """Of what is nowhere in the code: the index in the database, or the model."""
    index = finding.index or finding.spare
    name = f"{index.table}.{index.name}" if index else finding.model or "the project"
    return {"logicalLocations": [{"fullyQualifiedName": name}]}


def _helpers(finding: Finding) -> tuple[Place, ...]:
    """The helpers and managers that the expression calls, outermost first."""
    return finding.expression[1 : 1 + finding.climbed][::-1]


def _flow(finding: Finding) -> Iterator[tuple[Place, str]]:
    """From the expression through the helpers that it calls to what triggered the finding."""
    if finding.place:
        yield finding.place, "the expression"
    for place in _helpers(finding):
        yield place, "made by this"
    for number, place in reversed(list(enumerate(finding.trigger))):
        yield place, "called here" if number else "triggered here"


def _message(finding: Finding) -> str:
    """What, where, what to do about it and what that would bring."""
    sentences = [_words.story(finding)]
    if finding.place:
        sentences[0] += f"; the expression is at {_words.name(finding.place)}"
    if finding.trigger:
        sentences[0] += f"; triggered at {_words.name(finding.trigger[0])}"
    answer = [line.plain for line in verdict(Spot((finding,)))]
    if not (answer and " to save " in answer[0]) and (finding.gain_ms or finding.queries_saved):
        sentences.append(f"Predicted: {gain([finding])}")
    return " ".join(f"{sentence.rstrip('.')}." for sentence in (*sentences, *answer))


def _properties(finding: Finding) -> dict[str, Any]:
    """What ``docs/doctor.md`` says of the finding as JSON, as far as lists of results want it."""
    evidence = finding.evidence
    times = {"cost_ms": finding.cost_ms, "gain_ms": finding.gain_ms} if finding.measured else {}
    return {
        **times,
        "queries_saved": finding.queries_saved,
        "model": finding.model,
        "lookup": finding.lookup,
        "shape": finding.shape,
        "members": evidence.members,
        "queries": evidence.queries,
        "rows": evidence.rows,
        "sql": evidence.sql,
        "requests": list(evidence.requests),
        "stale": finding.stale,
    }
