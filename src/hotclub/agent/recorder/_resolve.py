"""From stacks to rows: files, lines and columns. Done by the writer, once for each stack."""

from __future__ import annotations

import hashlib
import inspect
import os
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

from hotclub.agent._frames import FRAMEWORK, PROJECT, TEMPLATE
from hotclub.agent._positions import locate
from hotclub.agent.schema import content_id

from ._places import Stack, in_project
from ._templates import line_of, template_of

KEPT = 12  # places of a stack: six calls, and what stands between them


class Place(NamedTuple):
    """A row of `place`, its file's path in the source's stead."""

    kind: str
    path: str
    qualname: str
    line: int
    column: int | None
    end_line: int | None
    end_column: int | None
    attribute: str | None


class Resolver:
    """Knows the project's root and when this process began."""

    def __init__(self, root: str, started: float) -> None:
        self._root = os.path.join(os.path.abspath(root), "")
        self._started = started
        self._sources: dict[str, tuple[Any, ...]] = {}
        self._classes: dict[type, Place | None] = {}

    def places(self, stack: Stack) -> list[Place]:
        """The stack's places, innermost first."""
        found: list[Place] = []
        for place in self._all(stack):
            if not found or place != found[-1]:
                found.append(place)
        return found[:KEPT]

    def source(self, path: str) -> tuple[Any, ...]:
        """The row of `source` for a file."""
        row = self._sources.get(path)
        if row is None:
            inside = path.startswith(self._root)
            name = path[len(self._root) :].replace(os.sep, "/") if inside else path
            digest = self._digest(path)
            row = (content_id("source", name, digest), name, int(inside), digest)
            self._sources[path] = row
        return row

    def _digest(self, path: str) -> str | None:
        """The file's hash, if it still is the file that this process may have read."""
        try:
            if os.stat(path).st_mtime > self._started:
                return None
            with open(path, "rb") as file:
                return hashlib.sha256(file.read()).hexdigest()
        except OSError:
            return None

    def _all(self, stack: Stack) -> Iterator[Place]:
        template = None
        for kind, what, detail in stack.triples:
            if kind == TEMPLATE:
                place = _node(what)
                # Of the nodes around each other in one template only the innermost speaks.
                if place is not None and place.path != template:
                    template = place.path
                    yield place
                continue
            template = None
            if kind == PROJECT:
                yield _call(what, detail)
            elif kind == FRAMEWORK:
                place = self._class(what)
                if place is not None:
                    yield place._replace(attribute=_attribute(what, detail))

    def _class(self, cls: type) -> Place | None:
        if cls not in self._classes:
            self._classes[cls] = _place_of_class(cls)
        return self._classes[cls]


def _call(code: Any, lasti: int) -> Place:
    path = os.path.abspath(code.co_filename)
    line = line_of(code, lasti)
    if line is not None:
        return Place("template", path, "", line, None, None, None, None)
    position = locate(code, lasti)
    kind = "line" if position.column is None else "call"
    return Place(kind, path, getattr(code, "co_qualname", code.co_name), *position, None)


def _node(node: Any) -> Place | None:
    path = template_of(node)
    token = getattr(node, "token", None)
    if path is None or token is None:
        return None
    return Place("template", path, token.contents, token.lineno or 1, None, None, None, None)


def _place_of_class(cls: type) -> Place | None:
    path = getattr(sys.modules.get(cls.__module__), "__file__", None)
    if not path or not in_project(path):
        return None
    try:
        line = getattr(cls, "__firstlineno__", None) or inspect.getsourcelines(cls)[1]
    except (OSError, TypeError, SyntaxError, IndexError):
        line = 1
    path = os.path.abspath(path)
    return Place("class", path, cls.__qualname__, line, None, None, None, None)


def _attribute(cls: type, name: str | None) -> str | None:
    """What of the class the framework was at: a serializer's field, a view's queryset."""
    if name is not None:
        return f"fields.{name}"
    for attribute in ("queryset", "list_select_related", "model"):
        if getattr(cls, attribute, None) is not None:
            return attribute
    return None
