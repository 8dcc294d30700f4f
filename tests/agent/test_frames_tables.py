"""The walker's tables: what they keep, give up and survive; one suite over C and Python."""

from __future__ import annotations

import gc
import threading
import types
import weakref
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from stacks import (
    BY_NAME,
    INNER,
    KINDS,
    WALKERS,
    Call,
    Node,
    View,
    classify,
    other_project,
    project,
    same,
    skipped,
    summary,
)

from hotclub.agent._frames import (
    CODES_MAX,
    PROJECT,
    SKIP,
    STACKS_MAX,
    TEMPLATE,
)


def test_callbacks_may_walk(walker_class: Any) -> None:
    depth = [0]

    def ask(code: types.CodeType) -> int:
        if depth[0] < 3:
            depth[0] += 1
            walker.walk()
        return BY_NAME.get(getattr(code, "co_qualname", code.co_name), SKIP)

    def make(items: tuple[Any, ...]) -> tuple[Any, ...]:
        if depth[0] < 6:
            depth[0] += 1
            walker.walk()
            walker.clear()
        return items

    walker = walker_class(ask, make)
    expected = [(PROJECT, "project")]
    assert summary(project(lambda: skipped(walker.walk))) == expected
    assert summary(project(lambda: skipped(walker.walk))) == expected


def test_many_stacks_do_not_fill_the_memory(walker_class: Any) -> None:
    walker = walker_class(classify, same)
    first = Node()
    gone = weakref.ref(first)
    assert summary(first.render(walker.walk)) == [(TEMPLATE, first, None)]
    del first
    gc.collect()
    assert gone() is not None  # held by the walker: no other node may get its address
    for _ in range(STACKS_MAX + 10):
        node = Node()
        assert node.render(walker.walk)[0][1] is node
    gc.collect()
    assert gone() is None


def test_much_code_does_not_fill_the_memory(walker_class: Any) -> None:
    walker = walker_class(lambda code: code.co_filename == "/srv/made.py", same, limit=1)
    template = skipped.__code__.replace(co_filename="/srv/made.py")
    for number in range(CODES_MAX + 10):
        code = template.replace(co_firstlineno=number + 1)
        items = types.FunctionType(code, {})(walker.walk)
        assert items[0][1] is code


def test_a_walker_in_a_cycle_is_collected(walker_class: Any) -> None:
    class Owner:
        def __init__(self) -> None:
            self.walker = walker_class(self.classify, self.make)

        def classify(self, code: types.CodeType) -> int:
            return classify(code)

        def make(self, items: tuple[Any, ...]) -> object:
            return self, items

    owner = Owner()
    project(owner.walker.walk)
    gone = weakref.ref(owner)
    del owner
    gc.collect()
    assert gone() is None


def test_threads_share_a_walker(walker_class: Any) -> None:
    walker = walker_class(classify, same)
    results: list[tuple[Any, ...]] = []

    def work() -> None:
        node = Node()
        for _ in range(300):
            items = node.render(lambda: project(walker.walk))
            assert items[1][1] is node
        results.append(project(walker.walk))

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 6
    assert len(set(map(id, results))) == 1


def test_generators_and_comprehensions(walker_class: Any) -> None:
    walker = walker_class(lambda code: code.co_filename == __file__, same, limit=2)

    def generate() -> Any:
        yield walker.walk()

    assert next(generate())[0][1] is generate.__code__
    names = [walker.walk()[0][1].co_name for _ in range(1)]
    assert names[0] in ("<listcomp>", "test_generators_and_comprehensions")


frames = st.lists(st.sampled_from([*KINDS, skipped]), max_size=40)


@settings(max_examples=200, deadline=None)
@given(frames, st.integers(1, 8), st.integers(1, 64))
def test_twins_agree(functions: list[Any], limit: int, total: int) -> None:
    walkers = [kind(classify, same, limit, total) for kind in WALKERS]
    view, node = View(), Node()

    def both() -> list[Any]:
        return [walker.walk() for walker in walkers]

    call: Call = both
    for function in functions:
        call = wrapped(function, call, view, node)
    pure, native = call()
    assert pure == native
    assert all(a[1] is b[1] for a, b in zip(pure, native, strict=True))


def wrapped(function: Any, inner: Call, view: View, node: Node) -> Call:
    if function is View.nobody:

        def nobody() -> Any:
            INNER[:] = [inner]
            return View.nobody()

        return nobody
    if function in (project, other_project, skipped, View.forget_self):
        return lambda: function(inner)
    return lambda: function(node if function is Node.render else view, inner)
