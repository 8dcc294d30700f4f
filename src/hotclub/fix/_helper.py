"""A manager or helper and the expression that calls it: which of two places is which."""

from __future__ import annotations

import libcst as cst

from hotclub.doctor.finding import Finding, Place
from hotclub.fix._chain import Believe, called_name, method_of
from hotclub.fix._class import bases
from hotclub.fix._locate import locate
from hotclub.fix._returns import enclosing, returned
from hotclub.fix._source import Source
from hotclub.fix._tree import Tree
from hotclub.fix.model import Refused

IN_CODE = ("call", "line")
_MANAGERS = ("Manager", "ManagerMixin", "QuerySet", "QuerySetMixin")


def helper_and_caller(finding: Finding, tree: Tree) -> tuple[Place, Place] | None:
    """The innermost two places when several places call the function that holds one of them.

    The order in which they come is not relied on: the helper is the one whose function the other
    is seen to call. None when neither is.
    """
    if finding.callers < 2 or len(finding.expression) < 2:
        return None
    one, other = finding.expression[:2]
    if one.kind not in IN_CODE or other.kind not in IN_CODE:
        return None
    for test in (_asks_manager, _calls):
        for helper, caller in ((one, other), (other, one)):
            try:
                if test(tree, caller, helper):
                    return helper, caller
            except Refused:
                continue
    return None


def returns(source: Source, node: cst.CSTNode, believe: Believe) -> bool:
    """Whether the function around a node returns the queryset made there, and only querysets."""
    function = enclosing(source, node)
    found = returned(function, believe) if function is not None else None
    return any(call is node for call in found or ())


def in_manager(place: Place, tree: Tree) -> bool:
    """Whether a place is in a method of a manager or a queryset."""
    return _method_of_manager(place, tree) is not None


def is_get_queryset(place: Place, tree: Tree) -> bool:
    """Whether a place is in a manager's `get_queryset`, which nobody calls by its name."""
    function = _method_of_manager(place, tree)
    return function is not None and function.name.value == "get_queryset"


def _method_of_manager(place: Place, tree: Tree) -> cst.FunctionDef | None:
    try:
        source = tree.source(place)
        function = enclosing(source, locate(source, place))
    except Refused:
        return None
    return function if function is not None and _in_manager(source, function) else None


def _asks_manager(tree: Tree, caller: Place, helper: Place) -> bool:
    """Whether the helper is a manager's `get_queryset`, for which all its methods ask."""
    return is_get_queryset(helper, tree) and bool(method_of(locate(tree.source(caller), caller)))


def _calls(tree: Tree, caller: Place, helper: Place) -> bool:
    source = tree.source(helper)
    function = enclosing(source, locate(source, helper))
    node = locate(tree.source(caller), caller)
    return function is not None and called_name(node) == function.name.value


def _in_manager(source: Source, function: cst.FunctionDef) -> bool:
    above = source.parent(function)
    while above is not None and not isinstance(above, cst.ClassDef):
        above = source.parent(above)
    if above is None:
        return False
    return any(name.endswith(_MANAGERS) for name in (above.name.value, *bases(above)))
