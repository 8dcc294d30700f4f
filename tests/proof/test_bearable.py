"""Rows that break a page are found on that page, and all that is left is tried on all pages."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from hotclub.proof._bearable import Bearable
from hotclub.proof._steps import Step, Wanted

PAGES = [0, 1, 2, 3]


class Trials:
    """Trials on which pages fail by the rows that are added; what was asked is in ``asked``.

    ``bad`` has by page the needs that break it; ``after`` those that only do after page 0. Page 9
    cannot be asked alone.
    """

    def __init__(self, bad: dict[int, set[str]], after: dict[int, set[str]]) -> None:
        self.bad = bad
        self.after = after
        self.asked: list[tuple[int, ...]] = []

    def on(self, pages: Sequence[int], added: Sequence[Any]) -> Any:
        (told,) = added
        needs = {need for one in told[1]["steps"] for need in one["needs"]}
        requests = [SimpleNamespace(label=f"GET /{page}/") for page in pages]

        def failed() -> tuple[int, str] | None:
            self.asked.append(tuple(pages))
            if list(pages) == [9]:
                return 0, "it answers 500"
            for at, page in enumerate(pages):
                late = self.after.get(page, set()) if 0 in pages else set()
                if needs & (self.bad.get(page, set()) | late):
                    return at, "it answers 500"
            return None

        return SimpleNamespace(requests=requests, failed=failed, needs=needs)


def bearable(trials: Trials, *needs: str, pages: Sequence[int] = PAGES) -> Bearable:
    step: Any = Step("a.A", "b", "forward_key")
    given: Any = trials
    return Bearable(given, [Wanted(step, tuple(needs), (), 0)], pages)


def test_rows_that_no_page_minds_are_tried_once() -> None:
    trials = Trials({}, {})
    found = bearable(trials, "empty", "several")
    assert found.withdrawn == {}
    assert found.trials.needs == {"empty", "several"}  # type: ignore[attr-defined]
    assert trials.asked == [tuple(PAGES)]


def test_what_breaks_a_page_is_looked_for_on_it_alone() -> None:
    trials = Trials({1: {"null"}, 3: {"twice"}}, {})
    found = bearable(trials, "empty", "null", "several", "twice")
    assert found.trials.needs == {"empty", "several"}  # type: ignore[attr-defined]
    assert found.withdrawn == {
        (0, "null"): "withdrawn, GET /1/ fails on it without the edit: it answers 500",
        (0, "twice"): "withdrawn, GET /3/ fails on it without the edit: it answers 500",
    }
    assert trials.asked.count(tuple(PAGES)) == 3
    assert set(trials.asked) == {tuple(PAGES), (1,), (3,)}


def test_what_breaks_a_page_only_after_others_is_looked_for_on_all() -> None:
    trials = Trials({}, {2: {"null"}})
    found = bearable(trials, "empty", "null")
    assert found.trials.needs == {"empty"}  # type: ignore[attr-defined]
    assert set(found.withdrawn) == {(0, "null")}


def test_a_page_that_cannot_be_asked_alone_blames_nobody_there() -> None:
    trials = Trials({9: {"null"}}, {})
    found = bearable(trials, "empty", "null", "several", pages=[0, 9])
    assert found.trials.needs == {"empty", "several"}  # type: ignore[attr-defined]
    assert set(found.withdrawn) == {(0, "null")}
