"""The span around a view is made once for each view, and not kept for ever."""

from __future__ import annotations

import asyncio
import gc
import inspect
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from hotclub.agent.recorder import _spans
from hotclub.agent.recorder._state import Trace, current, new_span


@pytest.fixture
def trace() -> Iterator[Trace]:
    root = new_span(None, "request", "", 0)
    trace = Trace(False, 0, root, None)
    token = current.set((trace, root, None, None))
    yield trace
    current.reset(token)


def one(request: Any) -> str:
    return f"one {request}"


def other(request: Any) -> str:
    return f"other {request}"


def same(handler: Any, view: Any) -> Any:
    return view


def test_a_view_is_wrapped_once_and_named_after_itself(trace: Trace) -> None:
    wrap = _spans._view(same)
    assert wrap(None, one) is wrap(None, one) is not wrap(None, other)
    assert (wrap(None, one)(1), wrap(None, other)(2), wrap(None, one)(3)) == (
        "one 1", "other 2", "one 3",
    )  # fmt: skip
    spans = {span.name.rpartition(".")[2]: span.count for span in trace.spans}
    assert spans == {"one": 2, "other": 1}


def test_what_makes_the_view_atomic_is_not_kept_for_another_request(trace: Trace) -> None:
    def atomic(handler: Any, view: Callable[[Any], str]) -> Callable[[Any], str]:
        return lambda request: f"{handler}: {view(request)}"

    wrap = _spans._view(atomic)
    assert wrap("first", one)(1) == "first: one 1"
    assert wrap("second", one)(1) == "second: one 1"
    (span,) = trace.spans
    assert (span.name.rpartition(".")[2], span.count) == ("one", 2)


def test_views_that_are_made_anew_for_each_request_do_not_stay(trace: Trace) -> None:
    wrap = _spans._view(same)
    made = []
    for number in range(1000):

        def view(request: Any, number: int = number) -> int:
            return number

        assert wrap(None, view)(None) == number
        made.append(weakref.ref(view))
    del view
    gc.collect()
    assert sum(each() is not None for each in made) == 1000 % _spans._VIEWS_MAX <= 128


def test_a_coroutine_function_stays_one(trace: Trace) -> None:
    async def slow(request: Any) -> str:
        await asyncio.sleep(0)
        return f"slow {request}"

    wrap = _spans._view(same)

    async def both() -> list[str]:
        return list(await asyncio.gather(wrap(None, slow)(1), wrap(None, slow)(2)))

    assert wrap(None, slow) is wrap(None, slow) and inspect.iscoroutinefunction(wrap(None, slow))
    assert asyncio.run(both()) == ["slow 1", "slow 2"]
    assert [span.count for span in trace.spans] == [2]
