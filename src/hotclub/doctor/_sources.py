"""The project's Python as trees: what stands at a place, and around it.

Nothing is guessed: a place whose columns are unknown, or a file that does not parse, has nothing
there.
"""

from __future__ import annotations

import ast
from pathlib import Path

from hotclub.doctor.finding import Place

Chain = tuple[ast.AST, ...]
"""A node and what is around it, innermost first."""
LOOPS = (ast.For, ast.AsyncFor, ast.While)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


class Sources:
    """Reads and parses each file of one tree once."""

    def __init__(self, tree: Path) -> None:
        self._tree = tree
        self._files: dict[str, tuple[list[bytes], ast.Module | None]] = {}

    def at(self, place: Place) -> Chain:
        """The node that a ``call`` place is, with what is around it; empty if it is unknown."""
        if place.kind != "call" or place.end_line is None or not place.in_project:
            return ()
        lines, tree = self._file(place.path)
        if tree is None:
            return ()
        start = (place.line, _bytes(lines, place.line, place.column))
        end = (place.end_line, _bytes(lines, place.end_line, place.end_column))
        chain: list[ast.AST] = []
        found: list[ast.AST] = []
        node: ast.AST | None = tree
        while node is not None:
            chain.append(node)
            if _span(node) == (start, end):
                found = list(chain)
            node = _child_around(node, start, end)
        return tuple(reversed(found))

    def lines(self, path: str) -> list[str]:
        """A file's lines; none if it cannot be read."""
        return [line.decode("utf-8", "replace") for line in self._file(path)[0]]

    def _file(self, path: str) -> tuple[list[bytes], ast.Module | None]:
        if path not in self._files:
            self._files[path] = _parse(self._tree / path)
        return self._files[path]


def in_loop(chain: Chain) -> ast.AST | None:
    """The loop of the same function that runs a node again and again."""
    for inner, outer in zip(chain, chain[1:], strict=False):
        if isinstance(outer, FUNCTIONS):
            return None
        if isinstance(outer, LOOPS) and inner in outer.body:
            return outer
        if isinstance(outer, COMPREHENSIONS) and inner is not outer.generators[0]:
            return outer
    return None


def _parse(path: Path) -> tuple[list[bytes], ast.Module | None]:
    try:
        content = path.read_bytes()
        return content.split(b"\n"), ast.parse(content)
    except (OSError, SyntaxError, ValueError, RecursionError):
        return [], None


def _bytes(lines: list[bytes], line: int, column: int | None) -> int:
    """The column in bytes, as the trees have it, of one in code points."""
    text = lines[line - 1].decode("utf-8", "replace") if line <= len(lines) else ""
    return len(text[: column or 0].encode())


def _span(node: ast.AST) -> tuple[tuple[int, int], tuple[int, int]] | None:
    line, end = getattr(node, "lineno", None), getattr(node, "end_lineno", None)
    if line is None or end is None:
        return None
    return (line, node.col_offset), (end, node.end_col_offset)  # type: ignore[attr-defined]


def _child_around(node: ast.AST, start: tuple[int, int], end: tuple[int, int]) -> ast.AST | None:
    for child in ast.iter_child_nodes(node):
        span = _span(child)
        if span is not None and span[0] <= start and end <= span[1]:
            return child
        # A comprehension's clauses have no place of their own.
        if span is None and _child_around(child, start, end) is not None:
            return child
    return None
