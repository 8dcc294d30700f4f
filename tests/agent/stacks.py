"""Functions of each kind to stand on a stack, and the walkers that are to see them."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

from hotclub import _native
from hotclub.agent._frames import FRAMEWORK, PROJECT, SKIP, TEMPLATE, PureFrameWalker

Call = Callable[[], Any]

WALKERS = [PureFrameWalker, _native.FrameWalker]


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
