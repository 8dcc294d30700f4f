"""What is known of a fix holds as long as those that meet it on a page are the same."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from hotclub.proof._company import Remembered, companies


def test_who_meets_whom() -> None:
    one, two, three, four = fixes = [SimpleNamespace() for _ in range(4)]
    given: Any = fixes
    found = companies(given, {0: [1, 2], 1: [2, 3], 2: [4], 3: []})
    assert found == {
        0: {id(one), id(two)},
        1: {id(one), id(two)},
        2: {id(three)},
        3: {id(four)},
    }


def test_another_company_is_not_known() -> None:
    fix: Any = SimpleNamespace()
    told = Remembered[str]()
    told.note(fix, frozenset({1, 2}), "much")
    assert (fix, frozenset({1, 2})) in told and told.of(fix, frozenset({2, 1})) == "much"
    assert (fix, frozenset({1})) not in told
