"""How alarms are held against truths, and that the cases are told as they should be."""

from __future__ import annotations

from typing import Any

import pytest

from truth.rivals._judge import MEANS, kinds, score


def case(*truths: tuple[str, str], at: str = "A.objects.all(") -> dict[str, Any]:
    return {
        "case": "x/y",
        "truths": [
            {"what": what, "names": [name], "at": at, "tables": ["club_a"]} for what, name in truths
        ],
    }


def alarm(rule: str, *names: str, **more: Any) -> dict[str, Any]:
    return {"case": "x/y", "rule": rule, "names": list(names), "tables": [], **more}


@pytest.mark.parametrize(
    ("tool", "truth", "said", "expected"),
    [
        ("zeal", ("n+1", "A.b"), alarm("n+1", "A.b"), (1, 0, 0)),
        ("zeal", ("n+1", "A.b"), alarm("n+1", "A.c"), (0, 1, 1)),
        ("zeal", ("defeated", "A.b"), alarm("n+1", "A.b"), (1, 0, 0)),
        ("hotclub", ("defeated", "A.b"), alarm("n+1", "A.b"), (0, 0, 1)),
        ("zeal", ("permission", "A.get()"), alarm("get", "A.get()"), (0, 0, 0)),
        ("query-doctor", ("n+1", "A.b"), alarm("get", tables=["club_a"]), (1, 0, 0)),
        ("query-doctor", ("n+1", "A.b"), alarm("duplicate", tables=["club_a"]), (0, 0, 1)),
        ("query-doctor", ("tolerated", "A.x"), alarm("duplicate", tables=["club_a"]), (0, 0, 0)),
        ("nplusone", ("defeated", "A.b"), alarm("unused", "A.b"), (1, 0, 0)),
        ("nplusone", ("single", "A.b"), alarm("n+1", "A.b"), (0, 1, 0)),
    ],
)
def test_one_alarm_and_one_truth(
    tool: str, truth: tuple[str, str], said: dict[str, Any], expected: tuple[int, int, int]
) -> None:
    found = score(tool, [case(truth)], [said], kinds(tool))
    assert (len(found.found), len(found.false), len(found.missed)) == expected


def test_the_expression_is_judged_apart() -> None:
    said = [alarm("n+1", "A.b", at="A.objects.all()[:3]"), alarm("n+1", "A.c", at="other()")]
    found = score("hotclub", [case(("n+1", "A.b"), ("n+1", "A.c"))], said, kinds("hotclub"))
    assert (len(found.found), len(found.elsewhere)) == (2, 1)
    assert found.f1 == 1.0


def test_nothing_has_no_figure() -> None:
    assert score("zeal", [case()], [], kinds("zeal")).f1 is None


def test_every_rule_of_a_rival_is_about_what_hotclub_has_a_rule_for() -> None:
    for tool in MEANS:
        assert kinds(tool) <= kinds("hotclub")
