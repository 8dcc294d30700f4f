"""Where the project asks for a finding's eager loading.

At the queryset, in the helpers that make it, in callers that add to it, or at the name that it is
given:

    rows = super().get_queryset()
    return rows.select_related("supplier")
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import libcst as cst

from hotclub.doctor.finding import Finding, Place
from hotclub.fix._admin import AdminTarget
from hotclub.fix._chain import Believe, Chain, called_name, chain_at, method_of
from hotclub.fix._helper import IN_CODE
from hotclub.fix._locate import locate
from hotclub.fix._place import target_of
from hotclub.fix._returns import enclosing
from hotclub.fix._source import Source
from hotclub.fix._target import ChainTarget
from hotclub.fix._tree import Tree
from hotclub.fix._unsaid import EAGER, Asked, Calls, Option
from hotclub.fix._variables import root
from hotclub.fix.model import Refused

Found = Iterator[tuple[Place, Asked]]


def asking_for(finding: Finding, tree: Tree, believe: Believe) -> Found:
    """The places that may say what is loaded eagerly, the most likely first."""
    helpers = finding.expression[1 : finding.climbed + 1]
    outer = finding.expression[finding.climbed + 1 :]
    with suppress(Refused):
        yield from _of_target(finding, tree, believe)
    for place in (*finding.expression[:1], *helpers, *outer[:1]):
        with suppress(Refused):
            if place.kind in IN_CODE and (place not in outer or _calls(place, finding, tree)):
                yield from _of_chain(place, _chain(place, tree, believe, sure=place in outer))
                yield from _of_name(place, tree)


def _of_target(finding: Finding, tree: Tree, believe: Believe) -> Found:
    place, target = target_of(finding, tree, believe)
    if isinstance(target, ChainTarget):
        yield from _of_chain(place, target.chain)
    elif isinstance(target, AdminTarget) and target.names:
        yield place, Option(target)


def _of_chain(place: Place, chain: Chain) -> Found:
    calls = tuple(link.call for link in chain.links if link.name in EAGER)
    if calls:
        yield place, Calls(chain.source, calls)


def _chain(place: Place, tree: Tree, believe: Believe, *, sure: bool) -> Chain:
    source = tree.source(place)
    return chain_at(source, locate(source, place), believe, sure=sure)


def _calls(place: Place, finding: Finding, tree: Tree) -> bool:
    """Whether a place calls, by its name, the function that makes the queryset."""
    function = finding.expression[0].qualname.rpartition(".")[2]
    return called_name(locate(tree.source(place), place)) == function


def _of_name(place: Place, tree: Tree) -> Found:
    """Calls on the name that a queryset is given, which has no other value in that function."""
    source = tree.source(place)
    node = locate(source, place)
    function = enclosing(source, node)
    if function is None:
        return
    given = [one for one in source.nodes(cst.Assign) if source.is_below(one, function)]
    name = next((_target(one) for one in given if source.is_below(node, one)), "")
    values = [one for one in given if _target(one) == name]
    if name and all(source.is_below(node, one) or _begins(one.value, name) for one in values):
        calls = tuple(_asking_calls(source, function, name))
        if calls:
            yield place, Calls(source, calls)


def _asking_calls(source: Source, function: cst.FunctionDef, name: str) -> Iterator[cst.Call]:
    for call in source.nodes(cst.Call):
        if method_of(call) in EAGER and _begins(call, name) and source.is_below(call, function):
            yield call


def _target(node: cst.Assign) -> str:
    target = node.targets[0].target
    return target.value if len(node.targets) == 1 and isinstance(target, cst.Name) else ""


def _begins(node: cst.BaseExpression, name: str) -> bool:
    first = root(node)
    return first is not None and first.value == name
