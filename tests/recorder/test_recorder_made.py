"""What C makes is what the classes make: objects with slots, and rows that know their batch."""

from __future__ import annotations

import gc
import importlib.util
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from hotclub.agent.recorder._batches import Batch
from hotclub.agent.recorder._made import maker
from hotclub.agent.recorder._places import walk
from hotclub.agent.recorder._requests import Exchange
from hotclub.agent.recorder._state import ANY, QueryFacts, Span, Trace, current

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("hotclub._native") is None, reason="hotclub._native is not built"
)
PARENT = Span(None, "request", "", 0)
MADE: list[tuple[Any, tuple[Any, ...]]] = [
    (Span(None, "", "", 0), (PARENT, "query", "SELECT 1", 5, None)),
    (Span(None, "", "", 0), (PARENT, "query", "SELECT 1", 5)),
    (QueryFacts("", 1, None), ("default", 3, [1])),
    (Trace(False, 0, PARENT, None), (True, 7, PARENT, None, {}, None)),
    (Batch(None, None, None, "", "", None), (None, None, None, "lazy", "all", Span)),  # type: ignore[arg-type]
    (Exchange(None, 0.0, "", "", "", None), ("a", 1.5, "GET", "http", "/", {})),
]


def values(made: Any) -> dict[str, Any]:
    return {n: getattr(made, n, "empty") for n in type(made).__slots__ if n != "__weakref__"}


def shortcuts() -> Any:
    from hotclub._native import Shortcuts

    return Shortcuts(current, ANY, walk, Trace, Span, Batch, QueryFacts)


@pytest.mark.parametrize(("prototype", "given"), MADE)
def test_a_maker_makes_what_the_class_makes(prototype: Any, given: tuple[Any, ...]) -> None:
    make = maker(prototype, len(given))
    made, twin = make(*given), type(prototype)(*given)
    assert type(made) is type(twin) and values(made) == values(twin)
    assert type(make).__name__ == "Maker"
    before = values(prototype)
    for name, value in values(make(*given)).items():
        if type(value) in (list, dict, set) and value not in given:
            assert value is not values(made)[name] and value is not before[name]


def test_what_a_maker_refuses() -> None:
    from hotclub._native import Maker

    class Unslotted:
        name = "no slot"

    make = maker(PARENT, 5)
    with pytest.raises(TypeError, match="at most 5 arguments"):
        make(1, 2, 3, 4, 5, 6)
    with pytest.raises(TypeError, match="none of them by name"):
        make(parent=None)
    with pytest.raises(TypeError, match=r"Unslotted\.name is not a slot"):
        Maker(Unslotted(), ("name",), 0)
    with pytest.raises(AttributeError):
        Maker(PARENT, ("unknown",), 0)
    with pytest.raises(ValueError, match="there are 1 slots, not 2"):
        Maker(PARENT, ("name",), 2)


def test_makers_and_what_they_make_go() -> None:
    def blocks() -> int:
        gc.collect()
        return sys.getallocatedblocks()

    def some() -> None:
        for prototype, given in MADE:
            make = maker(prototype, len(given))
            for _ in range(20):
                make(*given)
            with pytest.raises(TypeError):
                make(*given, *given)

    some()
    grown = []
    for _ in range(4):
        before = blocks()
        for _ in range(10):
            some()
        grown.append(blocks() - before)
    assert min(grown) < 100


class Instance:
    def __init__(self) -> None:
        self._state = SimpleNamespace()


def test_rows_are_told_and_counted() -> None:
    rest = [Instance(), object(), Instance()]  # the second has no place for a batch
    first = Instance()
    rows = shortcuts().rows(first, iter(rest), "batch")
    assert list(rows) == [first, *rest]
    assert rows.count == 4
    assert [row._state._hotclub for row in (first, rest[0], rest[2])] == ["batch"] * 3  # type: ignore[attr-defined]
    assert list(rows) == [] and rows.count == 4


def test_what_fails_while_rows_are_made_passes() -> None:
    class Odd:
        @property
        def _state(self) -> Any:
            raise ZeroDivisionError

    def failing() -> Iterator[Any]:
        yield Instance()
        raise LookupError("not today")

    rows = shortcuts().rows(Instance(), failing(), "batch")
    assert next(rows) and next(rows)
    with pytest.raises(LookupError, match="not today"):
        next(rows)
    assert rows.count == 2
    with pytest.raises(ZeroDivisionError):
        next(shortcuts().rows(Odd(), iter(()), "batch"))
    with pytest.raises(TypeError, match="needs an iterator, not list"):
        shortcuts().rows(Instance(), [], "batch")


def test_rows_are_not_kept() -> None:
    instance, batch = Instance(), object()
    known = sys.getrefcount(batch)
    for _ in range(50):
        rows = shortcuts().rows(instance, iter([instance] * 3), batch)
        next(rows)
    del rows, instance
    gc.collect()
    assert sys.getrefcount(batch) == known
