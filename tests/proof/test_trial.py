"""Sets of fixes are held against runs of the old tree that are not too old."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from hotclub.proof import Answer
from hotclub.proof._trial import Answers, Trials

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


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("the same", "the same"),
        ("at 10:01 | at 10:02", "at 10:03 | at 10:04"),
        ("at 10:01 | at 10:02", "at 10:01 | at 10:02"),
        ("a b | b a", "a b | b a"),
    ],
)
def test_what_two_old_runs_settle_needs_no_third(trials: Any, old: str, new: str) -> None:
    trials.said = [old, new]
    assert trials.doubtful(["one"]) == []
    assert trials.complaint(["one"]) is None
    assert trials.said == []


@pytest.mark.parametrize(
    ("old", "new", "again", "wrong"),
    [
        ("the same", "another", "the same", True),
        ("the same", "the same | another", "the same", True),
        ("at 10:01", "at 10:02", "at 10:03", False),  # both old runs were at one time
        ("at 10:01", "at 10:02", "at 10:01", True),
        # That ANALYZE changes what is said excuses nobody who says something else there.
        ("a b | b a", "c b | b a", "a b | b a", True),
        ("a 17 | a 18", "a 19 | a 20", "a 21 | a 22", False),
    ],
)
def test_what_they_do_not_settle_waits_for_the_old_tree(
    trials: Any, old: str, new: str, again: str, wrong: bool
) -> None:
    trials.said = [old, new, again]
    assert trials.doubtful(["one"]) == [0]
    assert (trials.complaint(["one"]) is not None) == wrong
    assert trials.said == [] and trials.doubtful(["one"]) == []
