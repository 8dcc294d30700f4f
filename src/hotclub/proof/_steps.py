"""What the proof of a fix has to have seen: for each relation that it loads, and each value that
it adds, the rows on which that could go wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hotclub.fix.model import Fix

WORDS = {
    "empty": "a row without any",
    "several": "a row with several",
    "null": "a key that is NULL",
}


@dataclass(frozen=True)
class Step:
    """A relation of a model, or a value added to its rows (``kind`` is then ``annotation``)."""

    model: str
    relation: str
    kind: str
    needs: tuple[str, ...] = ()
    """What must be seen; empty where the project's models are to say it."""


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
    """What a fix loads eagerly or adds; nothing for an index, or for text that is replaced."""
    found = [
        Step(step.model, step.relation, step.kind)
        for finding in fix.findings
        for step in finding.path
        if step.model and fix.lookups
    ]
    return tuple(found)


def watching(steps: Sequence[Step]) -> tuple[str, Mapping[str, Any]]:
    """The agent's operation that begins to look for these."""
    return "watch", {"steps": [_json(step) for step in steps]}


def adding(wanted: Iterable[Wanted]) -> tuple[str, Mapping[str, Any]]:
    """The agent's operation that adds the rows that were not seen."""
    told = [
        {**_json(one.step), "needs": list(one.needs), "owners": list(one.owners)} for one in wanted
    ]
    return "add_witnesses", {"steps": told}


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
