"""Two copies compared while the machine is busy: times are scripted, work is what it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hotclub.doctor.indexes._cost import Cost
from hotclub.doctor.indexes._pair import MOST_ROUNDS, ROUNDS, Pair
from hotclub.doctor.indexes._trial import AGAIN, Trial
from hotclub.doctor.indexes._workload import Sample, Statement

SLOWEST: Any = None
STATEMENT = Statement(1, "default", (Sample("SELECT 1", []),), 1, 1, {"GET /": 1}, SLOWEST)


class Scripted(Pair):
    """Copies that take these times with an index, and ten without."""

    def __init__(self, times: Iterator[float], work: tuple[float | None, float | None]) -> None:
        self.plain, self.indexed = "plain", "indexed"  # type: ignore[assignment]
        self._times, self._works = times, dict(zip(("plain", "indexed"), work, strict=True))

    def _clock(self, child: Any, statement: Statement) -> float | None:
        return 10.0 if child == "plain" else next(self._times)

    def _work(self, child: Any, statement: Statement) -> float | None:
        return self._works[child]


def forever(*first: float, then: float) -> Iterator[float]:
    yield from first
    while True:
        yield then


def rounds(times: Iterator[float], *work: float | None) -> tuple[int, bool, bool]:
    before, after = work
    found = Scripted(times, (before, after)).compare(STATEMENT)
    assert found is not None
    return len(found.pairs), found.better, found.worse


def test_what_is_clear_is_measured_six_times() -> None:
    assert rounds(forever(then=2), 100, 10) == (ROUNDS, True, False)
    assert rounds(forever(then=10), 100, 100) == (ROUNDS, False, False)
    assert rounds(forever(then=2), None, None) == (ROUNDS, True, False)


def test_a_busy_moment_is_outlasted() -> None:
    assert rounds(forever(*[12] * ROUNDS, then=2), 100, 10) == (2 * ROUNDS, True, False)


def test_what_is_never_quicker_is_given_up() -> None:
    assert rounds(forever(then=12), 100, 10) == (MOST_ROUNDS, False, True)
    assert rounds(forever(then=10), 100, 10) == (MOST_ROUNDS, False, False)


def left(times: Iterator[float], work: float = 10) -> float | None:
    trial = Trial(Scripted(times, (100, work)), "default", {1: STATEMENT}, {1: Cost(10, 100)})
    return trial.left(1)


def test_less_work_is_believed_once_time_agrees() -> None:
    assert left(forever(2, then=99)) == 1
    assert left(forever(*[20] * AGAIN, then=2)) == 1
    assert left(forever(then=20)) == 10, "what is not quicker saves nothing"


def test_where_work_is_not_less_nobody_looks_at_the_clock() -> None:
    never: Iterator[float] = iter(())
    assert left(never, work=80) == 10
    assert left(never, work=100) == 10
    assert left(never, work=300) == 30
