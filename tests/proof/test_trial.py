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
    answer = Answer(200, (("Content-Type", "text/html"),), (PAGE % text).encode(), 1, 1.0)
    return Answers([answer], [answer])


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
