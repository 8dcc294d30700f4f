"""Whether a queryset made in a function is what a caller's expression evaluates to.

Only then can the caller add something to it: ``Product.objects.published()`` can be made to load
more, ``order.total()`` cannot, though both make a queryset inside. The source is read with
:mod:`ast`; what this interpreter cannot parse gives nothing back.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from hotclub.doctor.finding import Place

Function = ast.FunctionDef | ast.AsyncFunctionDef
Parsed = tuple[list[bytes], list[Function], list[ast.ClassDef]]
Definition = TypeVar("Definition", ast.FunctionDef | ast.AsyncFunctionDef, ast.ClassDef)
_MANAGERS = ("Manager", "ManagerMixin", "QuerySet", "QuerySetMixin")
_BY_NAME = ("ManagerMixin", "QuerySet", "QuerySetMixin")
"""What classes without a base that tells are called; a manager may also be a person."""
_NAME_AND_METHOD = 2
_ENDS = frozenset({
    "aggregate", "count", "create", "delete", "earliest", "exists", "first", "get", "get_or_create",
    "in_bulk", "iterator", "last", "latest", "update", "update_or_create",
})  # fmt: skip
"""Methods of querysets that give back something else."""
_BY_DJANGO = "get_queryset"
"""Called by every method of a manager, so that no caller names it."""


class Returned:
    """Asks the sources of one tree; each file is read and parsed once."""

    def __init__(self, tree: Path) -> None:
        self._tree = tree
        self._files: dict[str, Parsed] = {}
        self._known: dict[tuple[str, tuple[Place, ...]], bool] = {}

    def __call__(self, made: Place, caller: Place) -> bool:
        """Whether ``caller`` calls the function around ``made``, and gets that queryset back."""
        return self._once("returned", self._returns, made, caller)

    def _once(self, what: str, work: Callable[..., bool], *places: Place) -> bool:
        key = (what, places)
        if key not in self._known:
            self._known[key] = work(*places)
        return self._known[key]

    def _returns(self, made: Place, caller: Place) -> bool:
        name = made.qualname.rpartition(".")[2]
        if name != _BY_DJANGO and name.encode() not in self._text(caller):
            return False
        lines, functions, _ = self._file(made.path)
        function = _innermost(functions, made)
        if function is None:
            return False
        return any(_on_spine(value, made, lines) for value in _values(function))

    def in_manager(self, place: Place) -> bool:
        """Whether a place is in a class that is a manager's or a queryset's, by name or bases."""
        return self._once("manager", self._manages, place)

    def _manages(self, place: Place) -> bool:
        around = _innermost(self._file(place.path)[2], place)
        if around is None:
            return False
        named = around.name.endswith(_BY_NAME) and not _is_views(around)
        return named or any(map(_is_manager, around.bases))

    def of_self(self, place: Place) -> bool:
        """Whether a place reads ``self.name.method(…)`` and no more, and not in a manager."""
        return self._once("self", self._reads_self, place)

    def _reads_self(self, place: Place) -> bool:
        lines, functions, _ = self._file(place.path)
        function = _innermost(functions, place)
        if function is None or self.in_manager(place):
            return False
        found = (node for node in ast.walk(function) if isinstance(node, ast.Call))
        return any(_ends_at(node, place, lines) and _begins_with_self(node) for node in found)

    def _text(self, place: Place) -> bytes:
        lines, _, _ = self._file(place.path)
        return b"\n".join(lines[place.line - 1 : place.end_line or place.line])

    def _file(self, path: str) -> Parsed:
        if path not in self._files:
            self._files[path] = _parse(self._tree / path)
        return self._files[path]


def _parse(path: Path) -> Parsed:
    try:
        content = path.read_bytes()
        tree = ast.parse(content)
    except (OSError, SyntaxError, ValueError, RecursionError):
        return [], [], []
    nodes = list(ast.walk(tree))
    functions = [node for node in nodes if isinstance(node, Function)]
    return content.split(b"\n"), functions, [n for n in nodes if isinstance(n, ast.ClassDef)]


def _innermost(nodes: Sequence[Definition], place: Place) -> Definition | None:
    """The function or class that a place lies in."""
    around = [node for node in nodes if node.lineno <= place.line <= (node.end_lineno or 0)]
    return max(around, key=lambda node: node.lineno, default=None)


def _is_manager(base: ast.expr) -> bool:
    """Whether a class's base is a manager or a queryset, or made by ``from_queryset()``."""
    if isinstance(base, ast.Call):
        return isinstance(base.func, ast.Attribute) and base.func.attr == "from_queryset"
    name = base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "")
    return str(name).endswith(_MANAGERS)


def _is_views(around: ast.ClassDef) -> bool:
    """Whether a class is a view's mixin, whatever it is called: no manager has a request."""
    return any(
        isinstance(node, ast.Attribute)
        and node.attr == "request"
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
        for node in ast.walk(around)
    )


def _begins_with_self(node: ast.expr) -> bool:
    """Whether this is ``self.name`` with calls, and nothing but calls, after it."""
    parts = 0
    while isinstance(node, (ast.Call, ast.Attribute)):
        parts += isinstance(node, ast.Attribute)
        node = node.func if isinstance(node, ast.Call) else node.value
    return parts == _NAME_AND_METHOD and isinstance(node, ast.Name) and node.id == "self"


def _values(function: Function) -> Iterator[ast.expr]:
    """What the function returns, and what the names are that it returns."""
    names = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Return) and node.value is not None:
            yield node.value
            names.add(_root(node.value))
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            targets = {target.id for target in node.targets if isinstance(target, ast.Name)}
            if targets & names:
                yield node.value


def _root(value: ast.expr) -> str:
    """The name that a chain of calls begins with: ``found`` of ``found.order_by("pk")[:5]``."""
    while isinstance(value, (ast.Call, ast.Attribute, ast.Subscript)):
        value = value.func if isinstance(value, ast.Call) else value.value
    return value.id if isinstance(value, ast.Name) else ""


def _on_spine(value: ast.expr, made: Place, lines: list[bytes]) -> bool:
    """Whether the place is the value itself, or what its last methods are called on."""
    if isinstance(value, ast.IfExp):
        return any(_on_spine(part, made, lines) for part in (value.body, value.orelse))
    node: ast.expr | None = value
    while node is not None:
        if _ends_at(node, made, lines):
            return True
        if isinstance(node, ast.Call):
            node = node.func
        elif isinstance(node, ast.Attribute):
            node = None if node.attr in _ENDS else node.value
        elif isinstance(node, ast.Subscript):
            node = node.value if isinstance(node.slice, ast.Slice) else None
        else:
            node = None
    return False


def _ends_at(node: ast.expr, place: Place, lines: list[bytes]) -> bool:
    if place.end_line is None or place.end_column is None:
        return isinstance(node, ast.Call) and node.lineno <= place.line <= (node.end_lineno or 0)
    if node.end_lineno != place.end_line or node.end_lineno > len(lines):
        return False
    before = lines[node.end_lineno - 1][: node.end_col_offset]
    return len(before.decode("utf-8", "replace")) == place.end_column
