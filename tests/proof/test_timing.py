"""The interval of the median covers what it promises, and says nothing on too few pairs."""

from __future__ import annotations

import math

import pytest

from hotclub.proof._timing import MIN_PAIRS, interval_rank, timing


@pytest.mark.parametrize(
    ("pairs", "rank"), [(5, None), (6, 1), (8, 1), (9, 2), (12, 3), (20, 6), (100, 40)]
)
def test_ranks_are_those_of_the_sign_test_tables(pairs: int, rank: int | None) -> None:
    assert interval_rank(pairs) == rank


def test_fewer_pairs_than_the_minimum_prove_neither_faster_nor_slower() -> None:
    result = timing([(10.0, 1.0)] * (MIN_PAIRS - 1))
    assert (result.low, result.high) == (0.0, math.inf)
    assert not result.faster
    assert not result.slower


def test_clearly_faster() -> None:
    result = timing([(10.0, 2.0), (12.0, 3.0), (11.0, 2.0)] * 3)
    assert result.faster
    assert not result.slower
    assert result.before == 11.0
    assert result.after == 2.0


def test_clearly_slower() -> None:
    assert timing([(10.0, 12.0)] * 9).slower


def test_one_outlier_decides_nothing() -> None:
    result = timing([(10.0, 10.1)] * 4 + [(10.0, 9.9)] * 4 + [(10.0, 90.0)])
    assert not result.slower
    assert not result.faster
