"""Is a variable a row that its function itself loads, fresh from the database, and nothing else?

A row that a project's function hands out may be kept elsewhere, and one that may be new, as in
`if hit is None: hit = Hit(…)`, has no number in the database yet.
"""

from __future__ import annotations

import libcst as cst

from hotclub.fix import _methods as methods
from hotclub.fix._chain import method_of
from hotclub.fix._returns import enclosing
from hotclub.fix._source import Source
from hotclub.fix._variables import binds, mentions, origin

_ONE = frozenset({
    "aearliest", "afirst", "aget", "alast", "alatest", "earliest", "first", "get", "last", "latest",
})  # fmt: skip
_PAIR = frozenset({"aget_or_create", "aupdate_or_create", "get_or_create", "update_or_create"})
"""Methods that give a row and whether it was created."""
_OR_404 = frozenset({"aget_object_or_404", "get_object_or_404"})


def loaded(source: Source, function: cst.FunctionDef, name: str) -> cst.Name | None:
    """Where a variable is bound, if that is once, in this function, to a row that is loaded."""
    bound = [one for one in mentions(source, function, name) if binds(source, one)]
    made = origin(source, bound[0]) if len(bound) == 1 else None
    if not isinstance(made, cst.Assign) or enclosing(source, made) is not function:
        return None
    value = made.value.expression if isinstance(made.value, cst.Await) else made.value
    plain = len(made.targets) == 1 and isinstance(value, cst.Call)
    return bound[0] if plain and _row(made.targets[0].target, value) is bound[0] else None


def _row(target: cst.BaseExpression, value: cst.CSTNode) -> cst.BaseExpression | None:
    """The part of a target that a call gives a row which it loads."""
    if not isinstance(value, cst.Call):
        return None
    if isinstance(value.func, cst.Name):
        return target if value.func.value in _OR_404 else None
    if method_of(value) in _PAIR and isinstance(target, cst.Tuple) and _is_fresh(value):
        return target.elements[0].value
    return target if method_of(value) in _ONE and _is_fresh(value) else None


def _is_fresh(call: cst.Call) -> bool:
    """Whether a method is called on a model's `objects`, or on a queryset that was narrowed: one
    of all rows of a relation may answer with a row that was prefetched."""
    assert isinstance(call.func, cst.Attribute)
    node = call.func.value
    while isinstance(node, cst.Call) and method_of(node) in methods.QUERYSET:
        if method_of(node) in methods.CERTAIN:
            return True
        assert isinstance(node.func, cst.Attribute)
        node = node.func.value
    return isinstance(node, cst.Attribute) and node.attr.value in methods.MANAGERS
