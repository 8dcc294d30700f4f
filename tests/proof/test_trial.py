"""Sets of fixes are held against runs of the old tree that are not too old."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from hotclub.proof import Answer
from hotclub.proof._held import Answers
from hotclub.proof._trial import Trials

PAGE = "<html><body>%s</body></html>" + " " * 4000


def answers(text: str) -> Answers:
    """What is said on the data as it is and, if that is something else, after ANALYZE."""
    plain, _, analyzed = text.partition(" | ")
    return Answers([answer(plain)], [answer(analyzed or plain)])


def answer(text: str) -> Answer:
    return Answer(200, (("Content-Type", "text/html"),), (PAGE % text).encode(), 1, 1.0)


@pytest.fixture
def trials(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Trials of two sets of fixes, by name; `said` is what the pages say, run by run."""
    workspace: Any = SimpleNamespace(tree=Path())
    made = Trials(workspace, [SimpleNamespace(label="GET /")], dict, lambda *_: None)  # type: ignore[list-item,arg-type]
    made.said = []  # type: ignore[attr-defined]
    monkeypatch.setattr(Trials, "_answers", lambda self, fixes, name: answers(self.said.pop(0)))
    return made


def test_what_only_time_has_changed_is_no_difference(trials: Any) -> None:
    trials.said = ["8 minutes ago", "8 minutes ago, broken", "8 minutes ago"]
    assert "GET /" in trials.complaint(["one"])
    trials.said = ["9 minutes ago", "9 minutes ago"]
    assert trials.complaint(["two"]) is None


def test_a_difference_stays_one(trials: Any) -> None:
    trials.said = ["8 minutes ago", "8 minutes ago, broken", "8 minutes ago"]
    assert trials.complaint(["one"])
    trials.said = ["8 minutes ago, broken", "8 minutes ago"]
    assert "GET /" in trials.complaint(["two"])
    trials.said = ["8 minutes ago"]
    assert trials.complaint(["three"]) is None and trials.said == []


@pytest.mark.parametrize("said", ["the same", "a b | b a", "at 10:01 | at 10:02"])
def test_the_same_answers_need_no_third_run(trials: Any, said: str) -> None:
    trials.said = [said, said]
    assert trials.doubtful(["one"]) == []
    assert trials.complaint(["one"]) is None and trials.difference(["one"]) is None
    assert trials.said == []


@pytest.mark.parametrize(
    ("old", "new", "again", "wrong"),
    [
        ("the same", "another", "the same", True),
        ("the same", "the same | another", "the same", True),
        ("at 10:01", "at 10:02", "at 10:03", False),
        ("at 10:01", "at 10:02", "at 10:01", True),
        ("a 17 | a 18", "a 19 | a 20", "a 21 | a 22", False),
        # What ANALYZE changes excuses nobody who says something else there, a time neither.
        ("a b | b a", "c b | b a", "a b | b a", True),
        ("at 10:01 | at 10:02", "at 10:03 | at 10:04", "at 10:01 | at 10:02", True),
        ("of 2020-01-01 | of 2021-05-05", "of 1999-12-31", "of 2020-01-01 | of 2021-05-05", True),
    ],
)
def test_others_wait_for_the_old_tree(
    trials: Any, old: str, new: str, again: str, wrong: bool
) -> None:
    trials.said = [old, new, again]
    assert trials.doubtful(["one"]) == [0]
    assert (trials.complaint(["one"]) is not None) == wrong
    assert (trials.difference(["one"]) is not None) == wrong
    assert trials.said == [] and trials.doubtful(["one"]) == []


def test_a_page_that_fails_by_itself_is_not_in_doubt(trials: Any) -> None:
    failed = replace(answer("broken"), status=500)
    trials._old = Answers([failed], [failed])
    other = replace(answer("broken otherwise"), status=500)
    trials._answers = lambda fixes, name: Answers([other], [other])
    assert trials.doubtful(["one"]) == []
    (verdict,) = trials.outcome(["one"]).verdicts
    assert verdict.outcome == "unproved" and trials._again is None


def test_one_in_doubt_does_not_put_the_others_in_doubt(trials: Any) -> None:
    trials.requests = [SimpleNamespace(label="GET /a"), SimpleNamespace(label="GET /b")]

    def two(first: str, second: str) -> Answers:
        both = [answer(first), answer(second)]
        return Answers(both, both)

    runs = [two("steady", "at 10:01"), two("steady", "at 10:02"), two("stea\ndy", "at 10:03")]
    trials._answers = lambda fixes, name: runs.pop(0)
    assert trials.doubtful(["one"]) == [1]
    assert [one.outcome for one in trials.outcome(["one"]).verdicts] == ["equal", "equal"]
    assert not runs
