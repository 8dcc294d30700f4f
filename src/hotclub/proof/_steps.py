"""What the proof of a fix has to have seen: for each relation that it loads, and each value that
it adds, the rows on which that could go wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hotclub.doctor.finding import Finding
from hotclub.fix.model import Fix

WORDS = {
    "empty": "a row without any",
    "several": "a row with several",
    "null": "a key that is NULL",
    "missing": "a key without a row",
    "twice": "a key that comes twice",
}


@dataclass(frozen=True)
class Step:
    """A relation of a model, or a value added to its rows (``kind`` is then ``annotation`` or
    ``aggregate``), or rows of it that are looked up by their keys (``keys``)."""

    model: str
    relation: str
    kind: str
    needs: tuple[str, ...] = ()
    """What must be seen; empty where the project's models are to say it."""
    rows: tuple[str, str] = ("", "")
    """Of a value the relation that it is taken of, and that one's kind."""


@dataclass(frozen=True)
class Seen:
    """What one request has met of a step; ``owners`` are keys of rows that it was loaded for."""

    needed: tuple[str, ...]
    seen: frozenset[str]
    owners: tuple[str, ...]


@dataclass(frozen=True)
class Wanted:
    """Rows to be added for one step of one fix: what was not seen, and where to put it."""

    step: Step
    needs: tuple[str, ...]
    owners: tuple[str, ...]
    page: int
    """Position of the request that showed these owners."""


def steps_of(fixes: Iterable[Fix]) -> tuple[Step, ...]:
    """The steps of these fixes, each once."""
    return tuple(dict.fromkeys(step for fix in fixes for step in steps(fix)))


def steps(fix: Fix) -> tuple[Step, ...]:
    """What a fix loads eagerly, adds or looks up; nothing for an index, or for other text that is
    replaced."""
    return tuple(
        step
        for finding in fix.findings
        for step in (_keys(fix, finding) or _values(fix, finding) or _relations(fix, finding))
        if step.model
    )


def _keys(fix: Fix, finding: Finding) -> list[Step]:
    if finding.code != "HC109" or not fix.replacements:
        return []
    return [Step(finding.model, "in_bulk()", "keys", ("missing", "twice"))]


def _relations(fix: Fix, finding: Finding) -> list[Step]:
    path = finding.path if fix.lookups else ()
    return [Step(one.model, one.relation, one.kind) for one in path if one.kind != "column"]


def _values(fix: Fix, finding: Finding) -> list[Step]:
    names = [lookup.path for lookup in fix.lookups if lookup.method == "annotate"]
    if not names or not finding.path:
        return []
    model, last = finding.path[0].model, finding.path[-1]
    kind = "aggregate" if finding.shape.endswith("aggregate") else "annotation"
    rows = (last.relation, last.kind)
    return [Step(model, name, kind, ("empty", "several"), rows) for name in names]


def watching(steps: Sequence[Step]) -> tuple[str, Mapping[str, Any]]:
    """The agent's operation that begins to look for these."""
    return "watch", {"steps": [_json(step) for step in steps]}


def adding(wanted: Iterable[Wanted]) -> tuple[str, Mapping[str, Any]]:
    """The agent's operation that adds the rows that were not seen."""
    told = [
        {**_rows(one.step), "needs": list(one.needs), "owners": list(one.owners)} for one in wanted
    ]
    return "add_witnesses", {"steps": told}


def _rows(step: Step) -> dict[str, Any]:
    relation, kind = step.rows
    return {**_json(step), "relation": relation, "kind": kind} if relation else _json(step)


def _json(step: Step) -> dict[str, Any]:
    return {
        "model": step.model,
        "relation": step.relation,
        "kind": step.kind,
        "needs": list(step.needs),
    }


def seen_of(steps: Sequence[Step], gathered: Mapping[str, Any]) -> dict[Step, Seen]:
    """What the agent says that it saw of these; nothing if it died."""
    answers = gathered.get("steps", ())
    return {
        step: Seen(tuple(one["needed"]), frozenset(one["seen"]), tuple(one["owners"]))
        for step, one in zip(steps, answers, strict=False)
    }
