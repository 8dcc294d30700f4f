"""Side by side: hotclub, zeal, nplusone and query-doctor on the same cases.

    make truth-rivals

A *trial* is one thing that is there; an *alarm* that matches none of a case's is false. Each rival
is judged by what it has a rule for, and hotclub by the same trials beside it. The figure in the
last line is F1, the harmonic mean of precision and recall: each rival's on its own trials, and
hotclub's on all of them; `beside` has hotclub's on the trials of each rival.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from truth._counts import told
from truth.rivals._judge import MEANS, TOOLS, Score, kinds, score
from truth.rivals._stages import NEWEST, USUAL, Played, play


def main() -> None:
    played = {tool: {django: play(tool, django) for django in (USUAL, NEWEST)} for tool in TOOLS}
    if os.environ.get("TRUTH_KEEP"):
        with open(os.environ["TRUTH_KEEP"], "w") as file:
            json.dump(
                {t: {d: vars(p) for d, p in each.items()} for t, each in played.items()}, file
            )
    cases = _cases(played["hotclub"])
    skips = Counter(_skips(played, cases))
    print(f"\n{len(cases)} cases, {sum(not case['truths'] for case in cases)} of them clean\n")
    figures = {tool: _judged(tool, played, cases, kinds(tool)) for tool in TOOLS}
    _table(figures["hotclub"], played, cases)
    beside: dict[str, float | None] = {}
    for rival in TOOLS[1:]:
        theirs, ours = figures[rival], _judged("hotclub", played, _fit(rival, played, cases),
                                               kinds(rival))  # fmt: skip
        beside[rival] = _rounded(ours)
        _pair(rival, theirs, ours, played, cases)
    _silence(played, cases)
    print(f"skipped: {sum(skips.values())}")
    for why, count in skips.items():
        print(f"  {count} × {why}")
    _details(figures)
    line: dict[str, Any] = {"truth": "rivals", "n": len(cases)}
    line |= {tool: _rounded(figure) for tool, figure in figures.items()}
    print(json.dumps({**line, "beside": beside}))


def _cases(played: Mapping[str, Played]) -> list[dict[str, Any]]:
    """Every case once, on the older Django where it can be played there."""
    found: dict[str, dict[str, Any]] = {}
    for django, one in played.items():
        for case in one.cases:
            if case["possible"]:
                found.setdefault(case["case"], {**case, "django": django})
    return list(found.values())


def _skips(
    played: Mapping[str, Mapping[str, Played]], cases: Sequence[Mapping[str, Any]]
) -> list[str]:
    found = []
    for tool, on in played.items():
        for django, one in on.items():
            if one.missing:
                found += [
                    f"{tool} on Django {django}: {one.missing}"
                    for case in cases if case["django"] == django
                ] or [f"{tool} on Django {django}: {one.missing}"]  # fmt: skip
            here = {case["case"] for case in cases if case["django"] == django}
            found += [
                f"{tool}: {why.strip().splitlines()[-1][:120]}"
                for name, why in one.broken.items() if name in here
            ]  # fmt: skip
    return found


def _fit(
    tool: str, played: Mapping[str, Mapping[str, Played]], cases: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The cases that the tool could be played."""
    on = played[tool]
    return [
        case for case in cases
        if not on[case["django"]].missing and case["case"] not in on[case["django"]].broken
    ]  # fmt: skip


def _alarms(
    tool: str, played: Mapping[str, Mapping[str, Played]], cases: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    where = {case["case"]: case["django"] for case in cases}
    return [
        alarm for django, one in played[tool].items() for alarm in one.alarms
        if where.get(alarm["case"]) == django
    ]  # fmt: skip


def _judged(
    tool: str,
    played: Mapping[str, Mapping[str, Played]],
    cases: Sequence[dict[str, Any]],
    only: frozenset[str],
) -> Score:
    fit = _fit(tool, played, cases)
    return score(tool, fit, _alarms(tool, played, fit), only)


def _rounded(figure: Score) -> float | None:
    return None if figure.f1 is None else round(figure.f1, 3)


def _line(name: str, figure: Score) -> str:
    found, missed, false = len(figure.found), len(figure.missed), len(figure.false)
    f1 = "–" if figure.f1 is None else f"{figure.f1:.3f}"
    return (
        f"{name:16}{found:6}{false:6}{missed:6}  {f1:>6}  "
        f"precision {told(found, found + false)}, recall {told(found, found + missed)}"
    )


_HEAD = f"{'':16}{'true':>6}{'false':>6}{'missed':>6}  {'F1':>6}"


def _table(
    whole: Score, played: Mapping[str, Mapping[str, Played]], cases: Sequence[dict[str, Any]]
) -> None:
    print("hotclub, by what there is")
    print(_HEAD)
    for kind in MEANS["hotclub"]:
        print(_line(kind, _judged("hotclub", played, cases, frozenset({kind}))))
    print(_line("all", whole))
    right = len(whole.found) - len(whole.elsewhere)
    print(f"at the expression that would have to change: {told(right, len(whole.found))}\n")


def _pair(
    rival: str,
    theirs: Score,
    ours: Score,
    played: Mapping[str, Mapping[str, Played]],
    cases: Sequence[dict[str, Any]],
) -> None:
    print(f"{rival} beside hotclub, by {rival}'s rules")
    print(_HEAD)
    fit = _fit(rival, played, cases)
    for rule, about in MEANS[rival].items():
        print(_line(f"{rule} {rival}"[:16], _judged(rival, played, fit, about)))
        print(_line(f"{rule} hotclub"[:16], _judged("hotclub", played, fit, about)))
    print(_line(f"all {rival}"[:16], theirs))
    print(_line("all hotclub", ours) + "\n")


def _silence(played: Mapping[str, Mapping[str, Played]], cases: Sequence[dict[str, Any]]) -> None:
    print("clean cases of which nothing was said")
    for tool in TOOLS:
        clean = [case for case in _fit(tool, played, cases) if not case["truths"]]
        loud = {alarm["case"] for alarm in _alarms(tool, played, clean)}
        print(f"{tool:16}{told(len(clean) - len(loud), len(clean))}")
    print()


def _details(figures: Mapping[str, Score]) -> None:
    """What each tool missed, and what it said that was not so."""
    for tool, figure in figures.items():
        said = [("missed", figure.missed), ("false", figure.false)]
        if tool == "hotclub":
            said.append(("elsewhere", figure.elsewhere))
        for word, those in said:
            for each in those:
                print(f"  {tool} {word}  {each}")


if __name__ == "__main__":
    main()
