"""Alarms held against truths."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

LOOPS = frozenset({"n+1", "defeated", "counted", "deferred", "get", "filter", "permission"})
"""What is asked once for each of many: whoever says so of one says it of the same thing."""

MEANS: Mapping[str, Mapping[str, frozenset[str]]] = {
    "hotclub": {
        kind: frozenset({kind})
        for kind in ("n+1", "defeated", "counted", "deferred", "get", "filter", "permission",
                     "unused", "duplicate", "single")
    },
    "zeal": {
        "n+1": frozenset({"n+1", "defeated"}),
        "deferred": frozenset({"deferred"}),
        "get": frozenset({"get"}),
    },
    "nplusone": {"n+1": frozenset({"n+1", "defeated"}), "unused": frozenset({"unused"})},
    "query-doctor": {
        "n+1": frozenset({"n+1", "defeated", "counted"}),
        "get": frozenset({"get", "filter"}),
        "duplicate": frozenset({"duplicate"}),
    },
}  # fmt: skip
"""For each tool its rules, and what there may be that each of them is about."""

TOOLS = tuple(MEANS)


@dataclass
class Score:
    """What came of it; the lists hold ``case: what``."""

    found: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    false: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    """Of those found: not at the expression that would have to change."""

    @property
    def f1(self) -> float | None:
        """The harmonic mean of precision and recall; None of nothing."""
        of = 2 * len(self.found) + len(self.missed) + len(self.false)
        return 2 * len(self.found) / of if of else None


def kinds(tool: str) -> frozenset[str]:
    """All that the tool has a rule for."""
    return frozenset().union(*MEANS[tool].values())


def score(
    tool: str, cases: Iterable[Mapping[str, Any]], alarms: Iterable[dict[str, Any]],
    only: frozenset[str],
) -> Score:  # fmt: skip
    """How a tool did on what there is of these kinds."""
    by_case: dict[str, list[dict[str, Any]]] = {}
    for alarm in alarms:
        by_case.setdefault(alarm["case"], []).append(alarm)
    result = Score()
    for case in cases:
        said = by_case.get(case["case"], [])
        for truth in case["truths"]:
            if truth["what"] in only:
                _one(result, case["case"], truth, said, exact=tool == "hotclub")
        heard = set()
        for alarm in said:
            about = MEANS[tool][alarm["rule"]]
            if about & only and not any(_same(alarm, truth) for truth in case["truths"]):
                what = " ".join(alarm["names"] or alarm["tables"])
                heard.add(f"{case['case']}: {alarm['rule']} {what}")
        result.false += sorted(heard)
    return result


def _one(
    result: Score, case: str, truth: dict[str, Any], said: list[dict[str, Any]], exact: bool
) -> None:
    label = f"{case}: {truth['what']} {' '.join(truth['names'])}"
    answers = [
        alarm for alarm in said
        if _same(alarm, truth) and (alarm["rule"] == truth["what"] or not exact)
        and (alarm["rule"] != "duplicate" or truth["what"] == "duplicate")
    ]  # fmt: skip
    if not answers:
        result.missed.append(label)
        return
    result.found.append(label)
    if not any(_is_at(alarm.get("at"), truth["at"]) for alarm in answers):
        places = " | ".join(str(alarm.get("at")) for alarm in answers)
        result.elsewhere.append(f"{label}: {places}")


def _is_at(place: str | None, at: str) -> bool:
    return place is not None and place.startswith(at)


def _same(alarm: dict[str, Any], truth: dict[str, Any]) -> bool:
    """Whether an alarm is about what is there."""
    if not _related(alarm["rule"], truth["what"]):
        return False
    if alarm["names"]:
        return bool(set(alarm["names"]) & set(truth["names"])) or truth["what"] == "tolerated"
    return bool(set(alarm["tables"]) & set(truth["tables"]))


def _related(rule: str, what: str) -> bool:
    if what == "tolerated" or rule == what:
        return True
    if rule == "duplicate":  # of equal queries in a loop both may be said
        return what in LOOPS
    if rule == "unused":  # so is a prefetch that does not answer
        return what == "defeated"
    return rule in LOOPS and (what in LOOPS or what == "duplicate")
