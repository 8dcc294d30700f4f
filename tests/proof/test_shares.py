"""Requests that two processes share: each once, put together in their order."""

from __future__ import annotations

from typing import Any

import pytest

from hotclub.proof import _shares
from hotclub.proof._replay import Replay
from hotclub.proof._shares import first_failure, shares, together
from hotclub.proof.model import Answer
from tests.proof import shelves


@pytest.fixture(autouse=True)
def two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1})


def answer(number: int, status: int = 200) -> Answer:
    return Answer(status, (), b"", number, 1.0)


def replayed(*answers: Answer) -> Replay:
    gathered: list[Any] = [{"page": one.queries} for one in answers]
    return Replay(list(answers), gathered, [{"told": ["why"]}])


@pytest.mark.parametrize("pages", [7, 8])
def test_each_is_asked_once_and_all_are_in_their_order(pages: int) -> None:
    requests = [shelves.request(f"/{number}/") for number in range(pages)]
    parts = shares(requests)
    assert len(parts) == 2
    numbers = {one.label: number for number, one in enumerate(requests)}
    whole = together([replayed(*(answer(numbers[one.label]) for one in part)) for part in parts])
    assert [one.queries for one in whole.answers] == list(range(pages))
    assert [one["page"] for one in whole.gathered] == list(range(pages))
    assert whole.prepared == [{"told": ["why"]}]


def test_few_and_those_that_write_stay_together(monkeypatch: pytest.MonkeyPatch) -> None:
    few = [shelves.request(f"/{number}/") for number in range(_shares.FEW)]
    assert shares(few) == [few]
    many = [shelves.request(f"/{number}/") for number in range(20)]
    monkeypatch.setattr(_shares, "is_safe", lambda method: False)
    assert shares(many) == [many]
    monkeypatch.undo()
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0})
    assert shares(many) == [many]


def test_the_first_failure_of_all_is_told() -> None:
    assert first_failure([replayed(answer(0)), replayed(answer(1))]) is None
    even = replayed(answer(0), answer(2), answer(4, 500))
    odd = replayed(answer(1), answer(3, 503))
    assert first_failure([even, odd]) == (3, "it answers 503")
    assert first_failure([even]) == (2, "it answers 500")
