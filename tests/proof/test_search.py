"""The search keeps what passes together and finds each item that does not."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from hotclub.proof._each import apart
from hotclub.proof._search import keep_passing


def test_one_call_when_all_pass() -> None:
    calls: list[list[int]] = []

    def attempt(items: Sequence[int]) -> str | None:
        calls.append(list(items))
        return None

    assert keep_passing([1, 2, 3], attempt) == ([1, 2, 3], [])
    assert calls == [[1, 2, 3]]


def test_nothing_to_search_runs_nothing() -> None:
    def attempt(items: Sequence[int]) -> str | None:
        raise AssertionError("nothing should be run")

    assert keep_passing([], attempt) == ([], [])


@given(st.sets(st.integers(0, 40), max_size=12), st.sets(st.integers(0, 40), max_size=4))
def test_bad_items_are_exactly_the_rejected(items: set[int], bad: set[int]) -> None:
    def attempt(group: Sequence[int]) -> str | None:
        worst = sorted(set(group) & bad)
        return f"{worst[0]} is bad" if worst else None

    kept, rejected = keep_passing(sorted(items), attempt)
    assert set(kept) == items - bad
    assert {item for item, _ in rejected} == items & bad
    assert all(reason == f"{item} is bad" for item, reason in rejected)


def test_two_that_quarrel_lose_one() -> None:
    def attempt(group: Sequence[str]) -> str | None:
        return "they quarrel" if {"a", "b"} <= set(group) else None

    assert keep_passing(["a", "x", "b"], attempt) == (["a", "x"], [("b", "they quarrel")])


@given(st.dictionaries(st.integers(0, 30), st.sets(st.integers(0, 9), min_size=1), max_size=12))
def test_groups_are_apart_and_lose_nobody(pages: dict[int, set[int]]) -> None:
    groups = apart(pages)
    assert sorted(number for group in groups for number in group) == sorted(pages)
    for group in groups:
        together = [page for number in group for page in pages[number]]
        assert len(together) == len(set(together))
