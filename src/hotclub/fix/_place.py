"""Which of a finding's places to edit, and what is to be edited there.

The place that the doctor climbed to is right, with two exceptions. A class of the framework's
gives way to the class's own `get_queryset()`. And where a caller cannot be edited, the helper that
it calls is, unless it is a manager's: what one caller needs, all would pay for.
"""

from __future__ import annotations

import libcst as cst

from hotclub.doctor.finding import Finding, Place
from hotclub.fix._admin import admin_target, is_admin
from hotclub.fix._chain import Believe, called_name, chain_at
from hotclub.fix._helper import IN_CODE, helper_and_caller, in_manager, is_get_queryset, returns
from hotclub.fix._locate import locate
from hotclub.fix._returns import enclosing
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
        raise Refused("it is not known where the queryset was made; change it by hand")
    place, *outer = finding.expression
    if place.kind == "template":
        raise Refused(
            f"the queryset is made in the template {place}; make it in the view, and load there"
        )
    if finding.climbed:
        return _caller_or_helper(finding, outer[finding.climbed - 1], tree, believe)
    if place.kind == "class":
        return _class_or_method(finding, tree, believe)
    pair = helper_and_caller(finding, tree)
    if pair is not None:
        return _helper_or_caller(finding, pair, tree, believe)
    seconds = [one for one in outer[:1] if finding.callers > 1 and one.kind in IN_CODE]
    return _first_of(finding, [place, *seconds], tree, believe)


def _first_of(
    finding: Finding, places: list[Place], tree: Tree, believe: Believe
) -> tuple[Place, Target]:
    """The first of several places that can be edited; the first refusal counts."""
    refusals = []
    for place in places:
        work = _in_class if place.kind == "class" else _in_code
        try:
            return place, work(finding, place, tree, believe)
        except Refused as refused:
            refusals.append(refused)
    raise refusals[0]


def _caller_or_helper(
    finding: Finding, helper: Place, tree: Tree, believe: Believe
) -> tuple[Place, Target]:
    """The place that the doctor climbed to, given the function that it called."""
    caller = finding.expression[0]
    by_django = is_get_queryset(helper, tree)
    try:
        if caller.kind == "class":
            return caller, _in_class(finding, caller, tree, believe)
        sure = "" if by_django else _given(helper, tree, believe)
        return caller, _in_code(finding, caller, tree, believe, sure=sure)
    except Refused:
        if in_manager(helper, tree) or finding.queryset.get("also"):
            raise
        return helper, _in_code(finding, helper, tree, believe)


def _given(helper: Place, tree: Tree, believe: Believe) -> str:
    """The name of the function around a place if it gives back the queryset made there.

    Raises:
        Refused: it may give back something else, which a caller cannot add anything to.
    """
    try:
        source = tree.source(helper)
        node = locate(source, helper)
    except Refused:
        return ""  # not ours to read; the caller's expression must show what it is
    function = enclosing(source, node)
    if function is None or not returns(source, node, believe):
        raise Refused(
            f"{helper.qualname}(), whose queryset several callers use, may give back something "
            f"else; load it by hand where {helper.qualname.rpartition('.')[2]}() is called"
        )
    return function.name.value


def _helper_or_caller(
    finding: Finding, pair: tuple[Place, Place], tree: Tree, believe: Believe
) -> tuple[Place, Target]:
    helper, caller = pair
    source = tree.source(helper)
    node = locate(source, helper)
    if returns(source, node, believe):
        function = enclosing(source, node)
        name = function.name.value if function is not None else ""
        try:
            return caller, _in_code(finding, caller, tree, believe, sure=name)
        except Refused:
            if in_manager(helper, tree) or finding.queryset.get("also"):
                raise
    return helper, _in_code(finding, helper, tree, believe)


def _class_or_method(finding: Finding, tree: Tree, believe: Believe) -> tuple[Place, Target]:
    place, *outer = finding.expression
    following = [one for one in outer[:1] if one.kind in IN_CODE]
    own = [one for one in following if one.path == place.path]
    if any(one.qualname.startswith(f"{place.qualname}.") for one in own):
        return _first_of(finding, own, tree, believe)
    return _first_of(finding, [place, *following], tree, believe)


def _in_code(
    finding: Finding, place: Place, tree: Tree, believe: Believe, *, sure: str = ""
) -> Target:
    """The queryset at a place; ``sure`` names a function that is known to return one."""
    source = tree.source(place)
    node = locate(source, place)
    if isinstance(node, cst.Call) and shortcut_name(node):
        return ChainTarget(shortcut_chain(source, node, _manager(finding), believe))
    known = bool(sure) and called_name(node) == sure
    return ChainTarget(chain_at(source, node, believe, sure=known))


def _in_class(finding: Finding, place: Place, tree: Tree, believe: Believe) -> Target:
    source = tree.source(place)
    if is_admin(source, place):
        return admin_target(source, place, finding, believe)
    return view_target(source, place, _manager(finding), believe)


def _manager(finding: Finding) -> str:
    """What the queryset was made by, where Django would take the default manager."""
    return str(finding.queryset.get("manager") or "_default_manager")
