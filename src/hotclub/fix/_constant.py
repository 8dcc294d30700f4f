"""Whether what a condition compares with is the same in every round of a loop."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

import libcst as cst

from hotclub.fix._source import Source
from hotclub.fix._variables import variables


def changed(source: Source, test: cst.BaseExpression, row: str, loop: cst.CSTNode) -> str:
    """A variable of a condition that a loop over these rows may change, else nothing."""
    try:
        nodes = list(ast.walk(ast.parse(source.text)))
    except SyntaxError:
        return row
    first, last = map(source.line, source.span(loop))
    within = [one for one in nodes if first <= getattr(one, "lineno", 0) <= last]
    stored = {name for node in within for name in _stored(node)}
    stored |= {name for node in nodes for name in _declared(node)}
    for one in variables(source, test):
        read = isinstance(source.parent(one), cst.Attribute)
        handled = read and _is_handled(within, one.value)
        if one.value != row and (one.value in stored or handled):
            return one.value
    return ""


def _declared(node: ast.AST) -> list[str]:
    """The variables that a function may change for another one."""
    return node.names if isinstance(node, (ast.Global, ast.Nonlocal)) else []


def _stored(node: ast.AST) -> Iterator[str]:
    """The variables that a node gives a value."""
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        yield node.id
    for part in ("name", "asname", "rest"):
        yield str(getattr(node, part, ""))


def _is_handled(nodes: Iterable[ast.AST], name: str) -> bool:
    """Whether more is done with a variable than to read its attributes."""
    plain = {
        node.value
        for node in nodes
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)
    }
    plain -= {_first(node.func) for node in nodes if isinstance(node, ast.Call)}
    return any(isinstance(one, ast.Name) and one.id == name and one not in plain for one in nodes)


def _first(node: ast.expr) -> ast.expr:
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node
