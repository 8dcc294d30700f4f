"""Which of a finding's places to edit, and what is to be edited there.

The innermost place is right, with two exceptions. A class of the framework's gives way to the
class's own `get_queryset()`. And a manager's method or a helper that only returns the queryset,
and that several places call, gives way to its caller: what one caller needs, the others would
pay for.
"""

from __future__ import annotations

import libcst as cst

from hotclub.doctor.finding import Finding, Place
from hotclub.fix._admin import admin_target, is_admin
from hotclub.fix._chain import Believe, Chain, chain_at
from hotclub.fix._locate import locate
from hotclub.fix._returns import enclosing, returned
from hotclub.fix._shortcut import shortcut_chain, shortcut_name
from hotclub.fix._target import ChainTarget, Target
from hotclub.fix._tree import Tree
from hotclub.fix._view import view_target
from hotclub.fix.model import Refused


def target_of(finding: Finding, tree: Tree, believe: Believe) -> tuple[Place, Target]:
    """Where a finding's queryset is to be changed.

    Raises:
        Refused: nowhere that hotclub may or can edit.
    """
    if not finding.expression:
        reason = finding.reason or "it is not known where the queryset was made"
        raise Refused(f"{reason}; nothing is edited on a guess")
    place, *outer = finding.expression
    if place.kind == "template":
        raise Refused(
            f"the queryset is made in the template {place}; make it in the view, and load there"
        )
    if place.kind == "class":
        return _class_or_method(finding, tree, believe)
    target = _in_code(finding, place, tree, believe)
    if finding.callers > 1 and outer and isinstance(target, ChainTarget):
        called = _callee(target.chain, place, believe)
        caller = _caller(finding, outer[0], called, tree, believe) if called else None
        if caller is not None:
            return outer[0], caller
    return place, target


def _class_or_method(finding: Finding, tree: Tree, believe: Believe) -> tuple[Place, Target]:
    place, *outer = finding.expression
    following = outer[0] if outer and outer[0].kind in ("call", "line") else None
    own = (
        following is not None
        and following.path == place.path
        and (following.qualname.startswith(f"{place.qualname}."))
    )
    try:
        if following is not None and own:
            return following, _in_code(finding, following, tree, believe)
        return place, _in_class(finding, place, tree, believe)
    except Refused:
        if following is None or own:
            raise
        try:
            return following, _in_code(finding, following, tree, believe)
        except Refused:
            pass
        raise


def _in_code(
    finding: Finding, place: Place, tree: Tree, believe: Believe, *, sure: bool = False
) -> Target:
    source = tree.source(place)
    node = locate(source, place)
    if isinstance(node, cst.Call) and shortcut_name(node):
        return ChainTarget(shortcut_chain(source, node, _manager(finding), believe))
    return ChainTarget(chain_at(source, node, believe, sure=sure))


def _in_class(finding: Finding, place: Place, tree: Tree, believe: Believe) -> Target:
    source = tree.source(place)
    if is_admin(source, place):
        return admin_target(source, place)
    return view_target(source, place, _manager(finding), believe)


def _manager(finding: Finding) -> str:
    """What the queryset was made by, where Django would take the default manager."""
    return "objects" if finding.queryset.get("manager") == "objects" else "_default_manager"


def _callee(chain: Chain, place: Place, believe: Believe) -> str:
    """The function that returns this very queryset and nothing else; empty if none does."""
    function = enclosing(chain.source, chain.end)
    if function is None:
        return ""
    calls = returned(function, believe) or []
    node = locate(chain.source, place)
    return function.name.value if any(call is node for call in calls) else ""


def _caller(
    finding: Finding, place: Place, called: str, tree: Tree, believe: Believe
) -> Target | None:
    """The caller's own expression; None where it cannot be edited."""
    if place.kind not in ("call", "line"):
        return None
    try:
        source = tree.source(place)
        sure = _names(locate(source, place)) == called
        return _in_code(finding, place, tree, believe, sure=sure)
    except Refused:
        return None


def _names(node: cst.Call | cst.Attribute) -> str:
    name = node.func if isinstance(node, cst.Call) else node
    if isinstance(name, cst.Attribute):
        return name.attr.value
    return name.value if isinstance(name, cst.Name) else ""
