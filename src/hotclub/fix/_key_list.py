"""The keys that a loop goes over: whether they can be gone through once more, before it.

A variable can where it is bound once, in the same function, to what is plainly a list. What stands
in the loop's header is run twice, so nothing may stand there that gives something else then.
"""

from __future__ import annotations

import libcst as cst

from hotclub.fix import _methods as methods
from hotclub.fix._chain import is_class, method_of, shorten
from hotclub.fix._returns import enclosing
from hotclub.fix._source import Source
from hotclub.fix._variables import binds, inside, mentions, origin
from hotclub.fix.model import Refused

_LISTS = frozenset({"list", "sorted", "tuple"})
_GIVING = frozenset({"getlist", "split", "values_list"})
"""Methods that give what can be gone through twice."""
_CHANGING = (
    cst.Await, cst.Call, cst.GeneratorExp, cst.ListComp, cst.NamedExpr, cst.SetComp, cst.Yield,
)  # fmt: skip
"""What may be something else the second time."""


def keys_of(source: Source, loop: cst.For, advice: str) -> tuple[str, bool]:
    """What a loop goes over, and whether that may be other than what the database gave.

    Raises:
        Refused: it may not be the same when it is gone through twice.
    """
    if isinstance(loop.iter, cst.Name):
        value = _bound(source, loop, loop.iter)
        known = value is not None and _is_listed(source, value)
    else:
        value = loop.iter
        known = _is_literal(value) or _is_repeatable(source, value)
    if value is None or not known:
        raise Refused(
            f"whether {shorten(source.text_of(loop.iter))} can be gone through twice is not plain "
            f"to see, give a list of them a name before the loop; {advice}"
        )
    return source.text_of(loop.iter), not _is_read(source, value)


def _bound(source: Source, loop: cst.For, name: cst.Name) -> cst.BaseExpression | None:
    """The value of a variable that is bound once, in the loop's function, and not used in it."""
    function = enclosing(source, loop)
    uses = list(mentions(source, function, name.value)) if function is not None else []
    bound = [one for one in uses if binds(source, one)]
    made = origin(source, bound[0]) if len(bound) == 1 else None
    if not isinstance(made, cst.Assign) or enclosing(source, made) is not function:
        return None
    plain = len(made.targets) == 1 and made.targets[0].target is bound[0]
    changed = any(source.is_below(one, loop.body) for one in uses)
    return made.value if plain and not changed else None


def _is_listed(source: Source, value: cst.BaseExpression) -> bool:
    if isinstance(value, cst.Call):
        return method_of(value) in _GIVING or source.text_of(value.func) in _LISTS
    return isinstance(value, (cst.List, cst.ListComp, cst.Tuple))


def _is_literal(value: cst.BaseExpression) -> bool:
    return isinstance(value, cst.List) and all(
        isinstance(one, cst.Element) and isinstance(one.value, (cst.Integer, cst.SimpleString))
        for one in value.elements
    )


def _is_repeatable(source: Source, value: cst.BaseExpression) -> bool:
    """Whether this is `Pick.objects.filter(…).values_list("number", flat=True)`, in any order but
    one by chance."""
    if not isinstance(value, cst.Call) or not _is_flat(source, value):
        return False
    node: cst.BaseExpression = value
    while isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute):
        if node is not value and method_of(node) not in methods.QUERYSET:
            return False
        if any(not _is_steady(source, arg) for arg in node.args):
            return False
        node = node.func.value
    managed = isinstance(node, cst.Attribute) and node.attr.value in methods.MANAGERS
    return managed and isinstance(node, cst.Attribute) and is_class(node.value)


def _is_flat(source: Source, call: cst.Call) -> bool:
    named = {arg.keyword.value: arg.value for arg in call.args if arg.keyword is not None}
    flat = named.get("flat")
    return method_of(call) == "values_list" and flat is not None and source.text_of(flat) == "True"


def _is_steady(source: Source, arg: cst.Arg) -> bool:
    """Whether an argument is the same when it is made once more."""
    changing = any(inside(source, kind, arg) for kind in _CHANGING)
    return not changing and "?" not in source.text_of(arg)


def _is_read(source: Source, value: cst.BaseExpression) -> bool:
    """Whether keys are what `values_list()` gave, as it is or as a list."""
    plain = isinstance(value, cst.Call) and source.text_of(value.func) in _LISTS
    if plain and isinstance(value, cst.Call) and len(value.args) == 1:
        value = value.args[0].value
    return method_of(value) == "values_list"
