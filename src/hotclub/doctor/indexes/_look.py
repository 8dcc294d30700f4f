"""From a deep recording to the indexes that are missing, and to those that are one too many:
explain, propose, make, measure."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hotclub.doctor._stacks import Stacks
from hotclub.doctor.diagnosis import Progress
from hotclub.doctor.finding import Finding
from hotclub.doctor.indexes._candidates import Candidate, Table, candidates, merged
from hotclub.doctor.indexes._choose import Choice
from hotclub.doctor.indexes._finding import Known, finding
from hotclub.doctor.indexes._pair import Pair
from hotclub.doctor.indexes._remembered import KEY, basis_of, recall
from hotclub.doctor.indexes._spare import spare
from hotclub.doctor.indexes._sql import selects
from hotclub.doctor.indexes._verdict import Chosen
from hotclub.doctor.indexes._workload import Statement, workload
from hotclub.errors import HotclubError
from hotclub.recording import Recording
from hotclub.workspace import AgentError, ChildError, Workspace

MIN_ROWS = 1000
"""A table of fewer rows is read whole in less time than it takes to notice."""
SECONDS = 20.0
_NOT_ON_A_SAMPLE = (
    "indexes were not looked for: what one would bring cannot be measured on a sample, whose plans "
    "are those of small tables"
)


@dataclass
class Missing:
    """The findings, and what the reader should know of how they were come by."""

    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    basis: str = ""
    """What they were found on; empty when not all was looked for, so that it is not remembered."""
    plans: dict[tuple[int, str], list[str]] = field(default_factory=dict)
    """How statements are run now: by number and alias of the database, in its words."""


def missing(
    workspace: Workspace,
    recording: Path,
    progress: Progress,
    *,
    stacks: Stacks | None = None,
    seconds: float = SECONDS,
) -> Missing:
    """The indexes that would make the recorded statements quicker, most saving first.

    ``recording`` is a deep one of the workspace's project. Candidates are tried for so many
    ``seconds``; the measurements that follow may take one and a half times as long again. What the
    recording remembers is not tried again.
    """
    found = Missing()
    if workspace.samples:
        found.notes.append(_NOT_ON_A_SAMPLE)
        return found
    with Recording.open(recording) as opened:
        statements = workload(opened)
        if not statements:
            return found
        aliases = {statement.alias for statement in statements}
        try:
            remembered = _remembered(workspace, opened, aliases)
            if remembered is not None:
                return remembered
            progress("looking at plans")
            with Pair(workspace) as pair:
                found.basis = basis_of(pair.plain, aliases)
                tried = _choose(pair, statements, progress, seconds, found, workspace.tree)
        except (AgentError, ChildError, HotclubError) as error:
            found.notes.append(f"indexes were not looked for: {error}")
            found.basis = ""
            return found
        stacks = stacks or Stacks.of(opened, workspace.tree)
        known = Known(opened, stacks, workspace.tree, tried.models, tried.taken)
        found.findings = [finding(one, known) for one in tried.chosen] + tried.spare
    return found


def _remembered(
    workspace: Workspace, recording: Recording, aliases: Iterable[str]
) -> Missing | None:
    if KEY not in recording.meta:
        return None
    with workspace.child(run="plain", depth="light") as child:
        basis = basis_of(child, aliases)
    kept = recall(recording, basis)
    return None if kept is None else Missing(*kept, basis)


def found_before(recording: Path, why_not: str) -> Missing | None:
    """What somebody who had the databases found when this was recorded, as it was then; with a note
    of why nobody looks again."""
    with Recording.open(recording) as opened:
        kept = recall(opened)
    if kept is None:
        return None
    findings, notes = kept
    told = f"indexes are those of when it was recorded; they were not looked for again: {why_not}"
    return Missing(findings, [*notes, told])


@dataclass
class _Tried:
    """What came of looking: indexes to make, and those that could go."""

    models: dict[str, Mapping[str, Any]]
    """By table."""
    taken: set[str]
    """Names of indexes."""
    chosen: list[Chosen] = field(default_factory=list)
    spare: list[Finding] = field(default_factory=list)


def _choose(
    pair: Pair,
    statements: Sequence[Statement],
    progress: Progress,
    seconds: float,
    found: Missing,
    tree: Path,
) -> _Tried:
    answer = pair.plain.call("models")
    models = {one["table"]: one for one in reversed(answer["models"])}
    tried = _Tried(models, set(answer["names"]))
    until = time.monotonic() + seconds
    measured_until = until + 1.5 * seconds
    for alias in dict.fromkeys(statement.alias for statement in statements):
        mine = [statement for statement in statements if statement.alias == alias]
        try:
            plans = pair.plans(alias, mine)
        except AgentError as error:
            found.notes.append(f"indexes of the database {alias!r} were not looked for: {error}")
            found.basis = ""
            continue
        for statement, plan in zip(mine, plans, strict=True):
            if "lines" in plan:
                found.plans[statement.number, alias] = plan["lines"]
        tables = _tables(pair, alias, mine, models, tried.taken)
        served = _served(mine, plans, tables, pair.varies(alias))
        numbered = {statement.number: statement for statement in mine}
        times = (until, measured_until)
        choice = Choice(pair, alias, tables, merged(served), numbered, *times, progress)
        rows = {name: table.rows for name, table in tables.items()}
        tried.spare += spare(pair, alias, mine, _of(models, alias), rows, tree)
        tried.chosen += choice.choose()
        if choice.cut:
            found.basis = ""
            found.notes.append("not every index could be tried and measured in the time allowed")
    return tried


def _of(models: Mapping[str, Mapping[str, Any]], alias: str) -> dict[str, Mapping[str, Any]]:
    """The models that are kept in one database."""
    return {table: model for table, model in models.items() if model["alias"] == alias}


def _tables(
    pair: Pair,
    alias: str,
    statements: Sequence[Statement],
    models: Mapping[str, Mapping[str, Any]],
    taken: set[str],
) -> dict[str, Table]:
    """The tables that the statements read and that have rows enough; ``taken`` gets the names
    of their indexes."""
    names = {t for one in statements for s in selects(one.sql) for t in s.tables.values()}
    answer = pair.plain.call("tables", alias=alias, names=sorted(names & set(models)))["tables"]
    for facts in answer.values():
        taken.update(facts["names"])
    return {
        name: Table(
            name=name,
            rows=facts["rows"],
            pk=models[name]["pk"],
            columns=frozenset(models[name]["columns"]) - set(facts["keyless"]),
            indexes=facts["indexes"],
            unique=facts["unique"],
            ordered=frozenset(facts["ordered"]),
            choices=models[name]["choices"],
        )
        for name, facts in answer.items()
        if facts["rows"] >= MIN_ROWS
    }


def _served(
    statements: Sequence[Statement],
    plans: Sequence[Mapping[str, Any]],
    tables: Mapping[str, Table],
    varies: bool,
) -> dict[Candidate, list[int]]:
    """Candidates, and the statements that ask for them: those that read a large table whole, or
    sort what they read of one. Of expressions only where the database ``varies`` its indexes."""
    found: dict[Candidate, list[int]] = {}
    for statement, plan in zip(statements, plans, strict=True):
        if "error" in plan or not _is_costly(statement, plan, tables):
            continue
        for candidate in candidates(statement.sql, tables):
            if not varies and any(key.function for key in candidate.keys):
                continue
            found.setdefault(candidate, []).append(statement.number)
    return found


def _is_costly(statement: Statement, plan: Mapping[str, Any], tables: Mapping[str, Table]) -> bool:
    for select in selects(statement.sql):
        for name, table in select.tables.items():
            if table in tables and (plan["sorts"] or {name, table} & set(plan["scans"])):
                return True
    return False
