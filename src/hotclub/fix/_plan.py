"""From findings to fixes: one for each queryset expression, a reason for everything else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hotclub.doctor.finding import Finding, Place
from hotclub.fix import _lookups
from hotclub.fix._apart import apart
from hotclub.fix._drop import dropping
from hotclub.fix._index import index_fixes
from hotclub.fix._known import Models, unknown
from hotclub.fix._migration import Migrations
from hotclub.fix._objections import check_finding, check_warm
from hotclub.fix._own import Own
from hotclub.fix._place import target_of
from hotclub.fix._render import fitting
from hotclub.fix._returns import believer
from hotclub.fix._target import Target
from hotclub.fix._tree import Tree
from hotclub.fix.model import Fix, Lookup, Plan, Refusal, Refused


@dataclass
class _Group:
    """The findings that are answered at one target."""

    place: Place
    target: Target
    findings: list[Finding] = field(default_factory=list)


def plan(
    findings: Iterable[Finding],
    tree: Path,
    *,
    django: tuple[int, int],
    migrate: Migrations | None = None,
    models: Models = unknown,
) -> Plan:
    """Decide what to write for each finding.

    ``tree`` is the project as it was recorded, ``django`` its version; ``migrate`` makes the
    migrations of indexes, which are refused without it; ``models`` knows the project's models,
    which some edits have to name. Nothing is written and nothing raises: each finding ends in a
    fix or in a refusal.
    """
    sources = Tree(tree)
    believe = believer(sources)
    groups: dict[tuple[str, int], _Group] = {}
    refusals: list[Refusal] = []
    findings = list(findings)
    fixes = []
    own = Own(sources, believe, models)
    for finding in findings:
        if finding.index is not None or finding.spare is not None:
            continue
        try:
            check_warm(finding)
            if own.add(finding):
                continue
            check_finding(finding)
            place, target = target_of(finding, sources, believe)
        except Refused as refused:
            refusals.append(Refusal(finding, refused.reason))
        else:
            key = (place.path, target.key)
            groups.setdefault(key, _Group(place, target)).findings.append(finding)
    for group in groups.values():
        lookups, answered, refused_ones = _lookups.choose(
            group.findings, group.target, django, models
        )
        refusals += refused_ones
        if lookups:
            fixes.append(_fix(group, lookups, answered))
    kept, defeating = apart([*own.single, *fixes])
    refusals += defeating
    indexes, refused_indexes = index_fixes(
        [finding for finding in findings if finding.index is not None], sources, migrate
    )
    drops, refused_drops = dropping(
        [finding for finding in findings if finding.spare is not None],
        sources,
        migrate.drop if migrate else None,
    )
    refusals += [*refused_indexes, *refused_drops]
    return Plan(*_written([*kept, *own.grouped, *indexes, *drops], refusals, tree))


def _written(
    fixes: Iterable[Fix], refusals: list[Refusal], tree: Path
) -> tuple[tuple[Fix, ...], tuple[Refusal, ...]]:
    """Those that can be written after all, and the refusals with those that cannot.

    What is offered need only be writable by itself: nobody may ever ask for it.
    """
    fixes = list(fixes)
    found, failed = fitting((fix for fix in fixes if fix.kind != "offered"), tree)
    for fix in fixes:
        if fix.kind == "offered":
            alone, failed_too = fitting([fix], tree)
            found, failed = (*found, *alone), (*failed, *failed_too)
    return found, (*refusals, *failed)


def _fix(group: _Group, lookups: Sequence[Lookup], answered: tuple[Finding, ...]) -> Fix:
    place = group.place
    where = f"{place} {place.qualname}".rstrip()
    written = group.target.says(tuple(lookups))
    return Fix(place.path, place, tuple(lookups), answered, f"{where}: {written}")
