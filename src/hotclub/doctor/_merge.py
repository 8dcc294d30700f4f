"""Sightings of many requests, made into findings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from statistics import median

from hotclub.doctor._costs import Cost, Costs
from hotclub.doctor._seen import Sighting, label_of
from hotclub.doctor.finding import SINGLE_VALUED, Evidence, Finding
from hotclub.doctor.rules import ASKED, TABLES, TIMED
from hotclub.doctor.rules._loops import EAGER_SHAPES

Key = tuple[object, ...]


@dataclass
class _Group:
    """All sightings that one change would answer."""

    keys: set[Key] = field(default_factory=set)
    sightings: list[Sighting] = field(default_factory=list)

    def add(self, sighting: Sighting) -> None:
        self.keys.add(sighting.key)
        self.sightings.append(sighting)

    @property
    def tested(self) -> bool:
        """Whether nothing but tests showed it."""
        return all(sighting.request.by_test for sighting in self.sightings)

    @property
    def shown(self) -> list[Sighting]:
        """The sightings that are told of: those of tests only where there are no others."""
        others = [one for one in self.sightings if not one.request.by_test]
        return others or self.sightings

    @cached_property
    def by_label(self) -> dict[str, list[Sighting]]:
        """For each request line the sightings of its worst request, should there be several."""
        requests: dict[tuple[str, int], list[Sighting]] = {}
        for sighting in self.shown:
            key = (label_of(sighting.request), sighting.request.id)
            requests.setdefault(key, []).append(sighting)
        worst: dict[str, list[Sighting]] = {}
        for (label, _), seen in requests.items():
            if label not in worst or _badness(seen) > _badness(worst[label]):
                worst[label] = seen
        return worst

    def worst(self) -> list[Sighting]:
        """Those of the one request that has most queries."""
        return max(self.by_label.values(), key=_badness)


def _badness(sightings: Sequence[Sighting]) -> tuple[int, int]:
    return _queries(sightings), sum(sighting.rows for sighting in sightings)


def _queries(sightings: Iterable[Sighting]) -> int:
    return sum(sighting.queries for sighting in sightings)


def merge(
    sightings: Iterable[Sighting], costs: Costs, tables: Mapping[str, int]
) -> tuple[Finding, ...]:
    """Findings, most costly first.

    ``tables`` says how many rows the tables have, by model label.
    """
    groups: dict[Key, _Group] = {}
    for sighting in sightings:
        groups.setdefault(sighting.key, _Group()).add(sighting)
    found = [(_finding(key, group, costs, tables), group) for key, group in _folded(groups).items()]
    return in_order(finding for finding, group in found if _is_long(finding, group))


def _is_long(finding: Finding, group: _Group) -> bool:
    """Whether the table has the rows that its rule asks for. Where that is not known, the clock of
    a deep recording is not believed, a test's say: it may have stumbled over a short one."""
    rows = finding.evidence.table_rows
    if rows is not None:
        return rows >= TABLES.get(finding.code, 0)
    light = any(sighting.request.depth == "light" for sighting in group.sightings)
    return light or finding.code not in TIMED


def in_order(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """Most costly first."""
    return tuple(sorted(found, key=lambda f: (-f.cost_ms, -f.evidence.queries, f.code, str(f))))


def _folded(groups: dict[Key, _Group]) -> dict[Key, _Group]:
    """Counts and tests for existence of a relation that is also loaded whole join that finding:
    once it is prefetched, ``count()`` and ``exists()`` ask no query either."""
    whole = {_relation(key): key for key in groups if key[3] and key[4] == "all"}
    result: dict[Key, _Group] = {}
    for key, group in groups.items():
        home = whole.get(_relation(key), key) if key[4] in EAGER_SHAPES else key
        target = result.setdefault(home, _Group())
        for sighting in group.sightings:
            target.add(sighting)
    return result


def _relation(key: Key) -> Key:
    """The key without code and shape."""
    return (*key[1:4], *key[5:])


def _binding(group: _Group) -> str:
    """What one request shows that holds for the edit in all of them: that a loop has to write its
    rows one by one, that rows are asked more than once."""
    binding = (s for s in group.sightings if s.shape == "written" or s.code in ASKED)
    return next((sighting.reason for sighting in binding if sighting.reason), "")


def _finding(key: Key, group: _Group, costs: Costs, tables: Mapping[str, int]) -> Finding:
    worst = group.worst()
    whole = [s for s in worst if s.shape == key[4]] or [s for s in group.shown if not s.reason]
    first = max(whole or worst, key=lambda sighting: sighting.queries)
    cost = costs.of(group.keys, group.by_label)
    saved = median(_saved(sightings) for sightings in group.by_label.values())
    return Finding(
        code=first.code,
        title=first.title,
        expression=first.expression,
        trigger=first.trigger,
        path=first.path,
        queryset=first.queryset,
        model=first.model,
        evidence=_evidence(worst, first, cost, group, tables),
        cost_ms=round(cost.cost_ms, 3),
        gain_ms=round(cost.gain_ms, 3),
        queries_saved=saved,
        callers=first.callers,
        climbed=first.climbed,
        relation_of=first.relation_of,
        reason=first.reason or _binding(group),
        advice=first.advice,
        shape=first.shape,
        measured=cost.measured,
        cold=costs.cold(group.keys, group.by_label),
        tested=group.tested,
    )


def _evidence(
    worst: Sequence[Sighting],
    first: Sighting,
    cost: Cost,
    group: _Group,
    tables: Mapping[str, int],
) -> Evidence:
    queries = {label: _queries(seen) for label, seen in group.by_label.items()}
    # Milliseconds only where the queries do not tell: what is named, and proved, is then the same
    # in every run.
    spent = cost.by_label if max(queries.values()) <= 1 else {}
    labels = sorted(queries, key=lambda label: (-queries[label], -spent.get(label, 0.0), label))
    return Evidence(
        members=max(sighting.members for sighting in worst),
        loads=sum(sighting.loads for sighting in worst),
        queries=_queries(worst),
        rows=sum(sighting.rows for sighting in worst),
        sql=first.sql,
        requests=tuple(labels),
        model=first.loaded,
        table_rows=tables.get(first.loaded),
        detail=first.detail,
    )


def _saved(sightings: Sequence[Sighting]) -> float:
    """Queries that one request would not run; one is left where a join cannot do it."""
    queries = _queries(sightings)
    first = sightings[0]
    if first.saves is not None:
        return sum(sighting.saves or 0 for sighting in sightings)
    if not first.path:
        return queries
    annotated = bool(first.advice)
    left = 0 if annotated or all(step.kind in SINGLE_VALUED for step in first.path) else 1
    return max(0, queries - left * len(sightings))


def with_stale(findings: Iterable[Finding], digests: Mapping[str, str]) -> tuple[Finding, ...]:
    """The findings, those marked whose source is no longer what was recorded.

    ``digests`` holds the SHA-256 of the files of the tree, by relative path.
    """
    return tuple(
        replace(f, stale=any(digests.get(p.path) != p.sha256 for p in f.expression if _ours(p)))
        for f in findings
    )


def _ours(place: object) -> bool:
    return bool(getattr(place, "in_project", False)) and getattr(place, "kind", "") != "template"
