"""Whether a queryset made in a function is what a caller's expression evaluates to.

Only then can the caller add something to it: ``Product.objects.published()`` can be made to load
more, ``order.total()`` cannot, though both make a queryset inside. The source is read with
:mod:`ast`; what this interpreter cannot parse gives nothing back.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from hotclub.doctor.finding import Place

Function = ast.FunctionDef | ast.AsyncFunctionDef
_BY_DJANGO = "get_queryset"
"""Called by every method of a manager, so that no caller names it."""


class Returned:
    """Asks the sources of one tree; each file is read and parsed once."""

    def __init__(self, tree: Path) -> None:
        self._tree = tree
        self._files: dict[str, tuple[list[bytes], list[Function]]] = {}

    def __call__(self, made: Place, caller: Place) -> bool:
        """Whether ``caller`` calls the function around ``made``, and gets that queryset back."""
        name = made.qualname.rpartition(".")[2]
        if name != _BY_DJANGO and name.encode() not in self._text(caller):
            return False
        lines, functions = self._file(made.path)
        around = [f for f in functions if f.lineno <= made.line <= (f.end_lineno or 0)]
        if not around:
            return False
        function = max(around, key=lambda f: f.lineno)
        return any(_on_spine(value, made, lines) for value in _values(function))

    def _text(self, place: Place) -> bytes:
        lines, _ = self._file(place.path)
        return b"\n".join(lines[place.line - 1 : place.end_line or place.line])

    def _file(self, path: str) -> tuple[list[bytes], list[Function]]:
        if path not in self._files:
            self._files[path] = _parse(self._tree / path)
        return self._files[path]


def _parse(path: Path) -> tuple[list[bytes], list[Function]]:
    try:
        content = path.read_bytes()
        tree = ast.parse(content)
    except (OSError, SyntaxError, ValueError, RecursionError):
        return [], []
    functions = [node for node in ast.walk(tree) if isinstance(node, Function)]
    return content.split(b"\n"), functions


def _values(function: Function) -> Iterator[ast.expr]:
    """What the function returns, and what the names are that it returns."""
    names = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Return) and node.value is not None:
            yield node.value
            if isinstance(node.value, ast.Name):
                names.add(node.value.id)
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            targets = {target.id for target in node.targets if isinstance(target, ast.Name)}
            if targets & names:
                yield node.value


def _on_spine(value: ast.expr, made: Place, lines: list[bytes]) -> bool:
    """Whether the place is the value itself, or what its last methods are called on."""
    node: ast.expr | None = value
    while node is not None:
        if _ends_at(node, made, lines):
            return True
        if isinstance(node, ast.Call):
            node = node.func
        elif isinstance(node, (ast.Attribute, ast.Subscript)):
            node = node.value
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
