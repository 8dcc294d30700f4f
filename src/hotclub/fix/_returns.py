"""Which queryset-making calls a function returns, as far as that can be read from its body."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from hotclub.fix import _methods as methods
from hotclub.fix._chain import Believe, method_of
from hotclub.fix._constructed import constructs
from hotclub.fix._source import Source
from hotclub.fix._tree import Tree

DEPTH = 4
"""How many of the project's functions a belief may rest on, one calling the other."""


def enclosing(source: Source, node: cst.CSTNode) -> cst.FunctionDef | None:
    """The function whose body holds a node."""
    above = source.parent(node)
    while above is not None and not isinstance(above, cst.FunctionDef):
        if isinstance(above, (cst.ClassDef, cst.Lambda)):
            return None
        above = source.parent(above)
    return above


def returned(function: cst.FunctionDef, believe: Believe) -> list[cst.Call] | None:
    """The innermost call of every queryset that a function may return.

    None when it may return anything else: a list, an instance, nothing.
    """
    if function.asynchronous is not None:
        return None
    body = list(_own_nodes(function.body))
    if any(isinstance(node, (cst.Yield, cst.From)) for node in body):
        return None
    returns = [node for node in body if isinstance(node, cst.Return)]
    found: list[cst.Call] = []
    for one in returns:
        roots = _roots(one.value, body, believe, frozenset())
        if roots is None:
            return None
        found += roots
    return found or None


def believer(tree: Tree) -> Believe:
    """Says of a name whether all functions of the project that bear it return querysets.

    A manager's `visible()` often calls its queryset's `visible()`, so while a name is looked into
    it is believed; but one function must return a queryset without that.
    """
    known: dict[str, bool] = {"": False}

    def believe(name: str) -> bool:
        if name not in known:
            before = set(known)
            known[name] = len(known) <= _MANY
            if known[name] and not _all_return(tree, name, believe):
                for resting in set(known) - before:
                    del known[resting]
                known[name] = False
        return known[name]

    return believe


_MANY = 2000


def _all_return(tree: Tree, name: str, believe: Believe) -> bool:
    functions = [
        node
        for source in tree.defining(name)
        for node in source.nodes(cst.FunctionDef)
        if node.name.value == name
    ]

    def others(other: str) -> bool:
        return other != name and believe(other)

    return all(returned(one, believe) is not None for one in functions) and any(
        returned(one, others) is not None for one in functions
    )


def _roots(
    value: cst.BaseExpression | None,
    body: list[cst.CSTNode],
    believe: Believe,
    seen: frozenset[str],
) -> list[cst.Call] | None:
    if isinstance(value, cst.IfExp):
        one, other = (_roots(part, body, believe, seen) for part in (value.body, value.orelse))
        return None if one is None or other is None else one + other
    value, calls = _unwind(value, believe)
    if calls is None:
        return None
    if isinstance(value, cst.Name) and value.value not in ("self", "cls"):
        assigned = _assigned(value.value, body)
        if assigned and value.value not in seen:
            return _all_roots(assigned, body, believe, seen | {value.value})
        if value.value in seen and calls is not None:
            return []
    return calls[-1:] or None


def _all_roots(
    values: list[cst.BaseExpression | None],
    body: list[cst.CSTNode],
    believe: Believe,
    seen: frozenset[str],
) -> list[cst.Call] | None:
    found: list[cst.Call] = []
    for value in values:
        roots = _roots(value, body, believe, seen)
        if roots is None:
            return None
        found += roots
    return found


def _unwind(
    value: cst.BaseExpression | None, believe: Believe
) -> tuple[cst.BaseExpression | None, list[cst.Call] | None]:
    """What a chain begins with, and its calls from the outermost in; None if one is foreign."""
    calls: list[cst.Call] = []
    while True:
        if isinstance(value, cst.Subscript) and _is_slice(value):
            value = value.value
        elif not isinstance(value, cst.Call):
            return value, calls
        elif constructs(value):
            return value, [*calls, value]
        elif isinstance(value.func, cst.Attribute):
            name = method_of(value)
            if name not in methods.QUERYSET and not believe(name):
                return value, None
            calls.append(value)
            value = value.func.value
        else:
            return value, _called_by_name(value, calls, believe)


def _called_by_name(
    value: cst.Call, calls: list[cst.Call], believe: Believe
) -> list[cst.Call] | None:
    """The calls of a chain that begins with a plain function's; None if nothing vouches for it."""
    if not isinstance(value.func, cst.Name):
        return calls
    if believe(value.func.value):
        return [*calls, value]
    return calls or None


def _is_slice(value: cst.Subscript) -> bool:
    return all(isinstance(element.slice, cst.Slice) for element in value.slice)


_BINDERS = (cst.AugAssign, cst.NamedExpr, cst.For, cst.CompFor, cst.AsName)


def _assigned(name: str, body: list[cst.CSTNode]) -> list[cst.BaseExpression | None]:
    """Everything that a function assigns to one of its names; None for what is not plain."""
    values: list[cst.BaseExpression | None] = []
    for node in body:
        if isinstance(node, cst.Assign):
            for target in node.targets:
                if isinstance(target.target, cst.Name):
                    values += [node.value] if target.target.value == name else []
                elif _names(target.target, name):
                    values.append(None)
        elif isinstance(node, cst.AnnAssign) and _names(node.target, name):
            values.append(node.value)
        elif isinstance(node, _BINDERS):
            bound: cst.CSTNode = node.name if isinstance(node, cst.AsName) else node.target
            values += [None] if _names(bound, name) else []
    return values


def _names(target: cst.CSTNode, name: str) -> bool:
    """Whether a name is bound by a target (attributes and items of it are not)."""
    if isinstance(target, cst.Name):
        return target.value == name
    if isinstance(target, (cst.Tuple, cst.List)):
        return any(_names(element.value, name) for element in target.elements)
    return False


def _own_nodes(body: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The nodes of a function's body without those of functions and classes inside it."""
    for child in body.children:
        if not isinstance(child, (cst.FunctionDef, cst.ClassDef, cst.Lambda)):
            yield child
            yield from _own_nodes(child)
