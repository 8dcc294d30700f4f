"""How two measurements of a statement are compared."""

from __future__ import annotations

import pytest

from hotclub.doctor.indexes._cost import Compared, Cost


@pytest.mark.parametrize(
    ("pairs", "better", "worse"),
    [
        ([(10, 5)] * 6, True, False),
        ([(10, 5)] * 5 + [(10, 9.5)], False, False),
        ([(10, 8)] * 6, False, False),
        ([(10, 12)] * 6, False, True),
        ([(10, 12)] * 5 + [(10, 10)], False, False),
    ],
)
def test_by_time_alone_better_and_worse_are_so_in_every_pair(
    pairs: list[tuple[float, float]], better: bool, worse: bool
) -> None:
    compared = Compared(tuple(pairs))
    assert (compared.better, compared.worse, compared.decided_by) == (better, worse, "time")


@pytest.mark.parametrize(
    ("pairs", "work", "unclear"),
    [
        ([(10, 1)] * 6, (100, 10), False),
        ([(10, 10)] * 6, (100, 10), True),
        ([(10, 10)] * 6, (100, 100), False),
        ([(10, 10)] * 6, (100, 200), True),
        ([(10, 20)] * 6, (100, 200), False),
        ([(10, 10)] * 6, (None, None), False),
    ],
)
def test_what_is_less_work_and_not_less_time_is_looked_at_again(
    pairs: list[tuple[float, float]], work: tuple[float, float], unclear: bool
) -> None:
    assert Compared(tuple(pairs), *work).is_unclear is unclear
    assert Cost(10, 10).is_unclear_beside(Cost(9, 100))
    assert not Cost(8, 10).is_unclear_beside(Cost(9, 100))
    assert not Cost(10, 90).is_unclear_beside(Cost(9, 100))
    assert not Cost(10).is_unclear_beside(Cost(9))


@pytest.mark.parametrize(
    ("pairs", "work", "better", "worse"),
    [
        ([(10, 5)] * 4 + [(10, 30)] * 2, (100, 10), True, False),
        ([(10, 5)] * 6, (100, 90), False, False),
        ([(10, 9.9)] * 6, (100, 10), False, False),
        ([(10, 20)] * 6, (100, 10), False, True),
        ([(10, 20)] * 4 + [(30, 20)] * 2, (100, 200), False, True),
        ([(10, 20)] * 4 + [(30, 20)] * 2, (100, 100), False, False),
    ],
)
def test_with_work_both_must_say_so(
    pairs: list[tuple[float, float]], work: tuple[float, float], better: bool, worse: bool
) -> None:
    compared = Compared(tuple(pairs), *work)
    assert (compared.better, compared.worse) == (better, worse)
    assert compared.decided_by == "work and time"
