"""Where a variable of a function is given its value, and where it is used."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from hotclub.fix._source import Node, Source

Origin = cst.Assign | cst.For


def mentions(source: Source, around: cst.CSTNode, name: str) -> Iterator[cst.Name]:
    """The places below a node where a variable of this name stands, given a value or used."""
    for one in inside(source, cst.Name, around):
        if one.value == name and _is_variable(source, one):
            yield one


def only_inside(source: Source, around: cst.CSTNode, name: str) -> bool:
    """Whether a variable stands nowhere but below a node, of all its function."""
    function = source.parent(around)
    while function is not None and not isinstance(function, (cst.FunctionDef, cst.Module)):
        function = source.parent(function)
    found = mentions(source, function or source.module, name)
    return all(source.is_below(one, around) for one in found)


def variables(source: Source, value: cst.BaseExpression) -> list[cst.Name]:
    """The variables in an expression."""
    if isinstance(value, cst.Name):
        return [value]
    return [one for one in inside(source, cst.Name, value) if _is_variable(source, one)]


def inside(source: Source, kind: type[Node], around: cst.CSTNode) -> list[Node]:
    """All nodes of a kind below another, in the order of the text."""
    return [one for one in source.nodes(kind) if source.is_below(one, around)]


def origin(source: Source, name: cst.Name) -> Origin | None:
    """The statement that gives a variable its value at this name; None where it is only used."""
    node: cst.CSTNode = name
    above = source.parent(node)
    while isinstance(above, (cst.Tuple, cst.Element, cst.AssignTarget)):
        node, above = above, source.parent(above)
    if isinstance(above, cst.For) and above.target is node:
        return above
    return above if isinstance(above, cst.Assign) and isinstance(node, cst.AssignTarget) else None


def binds(source: Source, target: cst.BaseExpression) -> bool:
    """Whether a variable, an attribute or an item is bound there, in whatever way: also as a
    parameter, or undone."""
    node: cst.CSTNode = target
    above = source.parent(node)
    while isinstance(above, (cst.Tuple, cst.List, cst.Element, cst.StarredElement)):
        node, above = above, source.parent(above)
    return any(
        isinstance(above, kind) and getattr(above, bound) is node for kind, bound in _BINDING
    )


def root(node: cst.BaseExpression) -> cst.Name | None:
    """The variable that a chain of attributes, calls and subscripts begins with."""
    while isinstance(node, (cst.Call, cst.Attribute, cst.Subscript)):
        node = node.func if isinstance(node, cst.Call) else node.value
    return node if isinstance(node, cst.Name) else None


def free_name(source: Source, plain: str) -> str:
    """This name, or one like it, that stands nowhere in the file."""
    names = {one.value for one in source.nodes(cst.Name)}
    free = (plain, *(f"{plain}_{number}" for number in range(2, len(names) + 3)))
    return next(one for one in free if one not in names)


_BINDING = (
    (cst.AnnAssign, "target"), (cst.AsName, "name"), (cst.AssignTarget, "target"),
    (cst.AugAssign, "target"), (cst.ClassDef, "name"), (cst.CompFor, "target"), (cst.Del, "target"),
    (cst.For, "target"), (cst.FunctionDef, "name"), (cst.ImportAlias, "name"),
    (cst.MatchAs, "name"), (cst.MatchMapping, "rest"), (cst.MatchStar, "name"),
    (cst.NamedExpr, "target"), (cst.NameItem, "name"), (cst.Param, "name"),
)  # fmt: skip


def _is_variable(source: Source, name: cst.Name) -> bool:
    above = source.parent(name)
    if isinstance(above, cst.Attribute):
        return above.value is name
    return not (isinstance(above, cst.Arg) and above.keyword is name)
