"""Where a model's class is written, if it is the project's own."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hotclub.doctor.finding import Place

_INSTALLED = frozenset({"site-packages", "dist-packages"})


def place_of(model: Mapping[str, Any], tree: Path) -> Place | None:
    """The model's class, if it is written in the project."""
    path = Path(model["path"])
    if not path.is_relative_to(tree) or _INSTALLED & set(path.parts):
        return None
    try:
        content = path.read_bytes()
        line = _line(ast.parse(content), str(model["qualname"]))
    except (OSError, SyntaxError, ValueError):
        return None
    return Place(
        kind="class",
        path=path.relative_to(tree).as_posix(),
        in_project=True,
        line=line,
        qualname=str(model["qualname"]),
        attribute="Meta.indexes",
        sha256=hashlib.sha256(content).hexdigest(),
    )


def _line(module: ast.Module, qualname: str) -> int:
    """The line of a class; 0 when there is no such class, or more than one."""
    level: list[ast.AST] = [module]
    for name in qualname.split("."):
        level = [node for one in level for node in _classes(one) if node.name == name]
    return level[0].lineno if len(level) == 1 and isinstance(level[0], ast.ClassDef) else 0


def _classes(scope: ast.AST) -> Iterator[ast.ClassDef]:
    """The classes of a module or of a class, also those under conditions."""
    for node in ast.iter_child_nodes(scope):
        if isinstance(node, ast.ClassDef):
            yield node
        elif isinstance(node, (ast.If, ast.Try, ast.With)):
            yield from _classes(node)
