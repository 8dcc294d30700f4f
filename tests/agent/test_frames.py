"""The walker in C and its twin in Python: one suite over both, and both side by side."""

from __future__ import annotations

import gc
import sys
import threading
import types
import weakref
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotclub import _native
from hotclub.agent._frames import (
    CODES_MAX,
    FRAMEWORK,
    PROJECT,
    SKIP,
    STACKS_MAX,
    TEMPLATE,
    PureFrameWalker,
)

Call = Callable[[], Any]

WALKERS = [PureFrameWalker, _native.FrameWalker]


@pytest.fixture(params=WALKERS, ids=["pure", "native"])
def walker_class(request: pytest.FixtureRequest) -> Any:
    return request.param


class Field:
    def __init__(self, name: object) -> None:
        self.field_name = name


class Node:
    def render(self, inner: Call) -> Any:
        return inner()


class View:
    def dispatch(self, inner: Call) -> Any:
        return inner()

    def serialize(self, inner: Call, name: object = "category") -> Any:
        field = Field(name)
        return field and inner()

    def forget_field(self, inner: Call) -> Any:
        field = Field("forgotten")
        del field
        return inner()

    def forget_self(inner: Call) -> Any:  # noqa: N805
        f = inner
        del inner
        return f()

    def keep_in_cell(self, inner: Call) -> Any:
        return (lambda: self) and inner()

    @staticmethod
    def nobody() -> Any:
        return INNER[0]()


INNER: list[Call] = []


def project(inner: Call) -> Any:
    return inner()


def other_project(inner: Call) -> Any:
    return inner()


def skipped(inner: Call) -> Any:
    return inner()


KINDS = {
    project: PROJECT,
    other_project: PROJECT,
    Node.render: TEMPLATE,
    View.dispatch: FRAMEWORK,
    View.serialize: FRAMEWORK,
    View.forget_field: FRAMEWORK,
    View.forget_self: FRAMEWORK,
    View.keep_in_cell: FRAMEWORK,
    View.nobody: FRAMEWORK,
}
BY_NAME = {function.__qualname__: kind for function, kind in KINDS.items()}
BY_CODE = {id(function.__code__): kind for function, kind in KINDS.items()}


def classify(code: types.CodeType) -> int:
    return BY_CODE.get(id(code), SKIP)


def same(items: tuple[Any, ...]) -> tuple[Any, ...]:
    return items


def summary(items: tuple[Any, ...]) -> list[tuple[object, ...]]:
    return [
        (kind, what.co_name) if kind == PROJECT else (kind, what, name)
        for kind, what, name in items
    ]


def test_what_each_kind_gives_innermost_first(walker_class: Any) -> None:
    walker = walker_class(classify, same)
    node, view = Node(), View()
    items = project(
        lambda: view.dispatch(
            lambda: skipped(
                lambda: node.render(
                    lambda: other_project(lambda: view.serialize(lambda: walker.walk()))
                )
            )
        )
    )
    assert summary(items) == [
        (FRAMEWORK, View, "category"),
        (PROJECT, "other_project"),
        (TEMPLATE, node, None),
        (FRAMEWORK, View, None),
        (PROJECT, "project"),
    ]


def test_the_caller_of_walk_comes_first_with_its_instruction(walker_class: Any) -> None:
    walker = walker_class(lambda code: code is caller.__code__, same)
    lasti: list[int] = []

    def noted() -> Any:
        lasti.append(sys._getframe(1).f_lasti)
        return walker.walk()

    def caller() -> Any:
        return noted()

    items = caller()
    assert items == ((PROJECT, caller.__code__, lasti[0]),)


def test_the_instruction_is_that_of_the_frame(walker_class: Any) -> None:
    walker = walker_class(lambda code: code.co_name == "two_calls", same)
    seen: list[int] = []

    def inner() -> Any:
        seen.append(sys._getframe(1).f_lasti)
        return walker.walk()

    def two_calls() -> tuple[Any, Any]:
        return inner(), inner()

    (first,), (second,) = two_calls()
    assert [first[2], second[2]] == seen
    assert first[2] != second[2]


@pytest.mark.parametrize("name", [None, 7, b"category", type("Str", (str,), {})("category")])
def test_a_name_that_is_no_str_is_left_out(walker_class: Any, name: object) -> None:
    walker = walker_class(classify, same)
    assert View().serialize(walker.walk, name) == ((FRAMEWORK, View, None),)


def test_variables_without_a_value(walker_class: Any) -> None:
    walker = walker_class(classify, same)
    assert View().forget_field(walker.walk) == ((FRAMEWORK, View, None),)
    assert View.forget_self(walker.walk) == ()
    assert View().keep_in_cell(walker.walk) == ((FRAMEWORK, View, None),)
    INNER[:] = [walker.walk]
    assert View.nobody() == ()


@pytest.mark.parametrize("extra", [None, ("inner", "__name__"), ("field", "no_such_attribute")])
def test_another_variable_or_none(walker_class: Any, extra: tuple[str, str] | None) -> None:
    walker = walker_class(classify, same, extra=extra)

    def walks() -> Any:
        return walker.walk()

    expected = "walks" if extra and extra[0] == "inner" else None
    assert View().serialize(walks) == ((FRAMEWORK, View, expected),)


def test_limits(walker_class: Any) -> None:
    node = Node()

    def deep(walk: Call) -> Any:
        for _ in range(4):
            walk = (lambda inner: lambda: node.render(lambda: project(inner)))(walk)
        return walk()

    kinds = [PROJECT, TEMPLATE] * 4
    for limit, total, length in ((9, 24, 8), (2, 24, 3), (1, 24, 1), (9, 4, 4), (9, 1, 1)):
        walker = walker_class(classify, same, limit=limit, total=total)
        items = deep(walker.walk)
        assert [item[0] for item in items] == kinds[:length]


@pytest.mark.parametrize("wrong", [{"limit": 0}, {"total": 0}, {"total": 65}, {"limit": -1}])
def test_limits_that_are_none(walker_class: Any, wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="limit must be at least 1 and total between 1 and 64"):
        walker_class(classify, same, **wrong)


def test_the_same_stack_is_the_same_object(walker_class: Any) -> None:
    made: list[tuple[Any, ...]] = []

    def make(items: tuple[Any, ...]) -> object:
        made.append(items)
        return object()

    walker = walker_class(classify, make)
    nodes = [Node(), Node()]
    stacks = [[node.render(lambda: project(walker.walk)) for node in nodes] for _ in range(3)]
    assert stacks[0] == stacks[1] == stacks[2]
    assert stacks[0][0] is not stacks[0][1]
    names = ["a", "".join(["ca", "tegory"]), "category"]
    one, two, three = (View().serialize(walker.walk, name) for name in names)
    assert one is not two
    assert two is three
    assert len(made) == 4


def test_code_that_is_equal_but_from_elsewhere_is_another(walker_class: Any) -> None:
    source = "def f(inner):\n    return inner()\n"
    one: dict[str, Any] = {}
    two: dict[str, Any] = {}
    exec(compile(source, "/srv/one.py", "exec"), one)
    exec(compile(source, "/srv/two.py", "exec"), two)
    walker = walker_class(lambda code: code.co_filename.startswith("/srv"), same)
    first, second = one["f"](walker.walk), two["f"](walker.walk)
    assert first is not second
    assert first[0][1] is one["f"].__code__
    assert second[0][1] is two["f"].__code__


def test_a_code_object_is_classified_once(walker_class: Any) -> None:
    asked: list[types.CodeType] = []

    def ask(code: types.CodeType) -> int:
        asked.append(code)
        return PROJECT

    walker = walker_class(ask, same, limit=3)
    for _ in range(3):
        project(lambda: skipped(walker.walk))
    assert len(asked) == len(set(map(id, asked)))
    walker.clear()
    before = len(asked)
    project(walker.walk)
    assert len(asked) > before


def test_errors_of_the_callbacks_come_through(walker_class: Any) -> None:
    def broken(_: object) -> Any:
        raise LookupError("broken")

    for walker in (walker_class(broken, same), walker_class(classify, broken)):
        for _ in range(2):
            with pytest.raises(LookupError, match="broken"):
                project(walker.walk)


@pytest.mark.parametrize("answer", [4, -1, None, "1"])
def test_a_wrong_kind_is_said(walker_class: Any, answer: object) -> None:
    walker = walker_class(lambda code: answer, same)
    with pytest.raises(ValueError, match=r"classify\(\) must return 0, 1, 2 or 3, not "):
        walker.walk()


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
