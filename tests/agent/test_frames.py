"""What a walk gives; one suite over the walker in C and its twin in Python."""

from __future__ import annotations

import sys
import types
from typing import Any

import pytest
from stacks import (
    INNER,
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
    FRAMEWORK,
    PROJECT,
    TEMPLATE,
)


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
