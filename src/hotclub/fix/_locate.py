"""From a recorded place to the node in the tree.

A span from `co_positions()` begins, in a chain over several lines, at the last attribute's name
instead of at the chain (`update_start_location_to_match_attr` in CPython's compile.c); both
beginnings are accepted. The end is exact, and no two calls end at the same parenthesis.
"""

from __future__ import annotations

import libcst as cst

from hotclub.doctor.finding import Place
from hotclub.fix import _methods as methods
from hotclub.fix._constructed import constructs
from hotclub.fix._source import Source
from hotclub.fix.model import Refused

Located = cst.Call | cst.Attribute


def locate(source: Source, place: Place) -> Located:
    """The call or attribute at a place.

    Raises:
        Refused: there is none, or the place is only a line and several calls match.
    """
    only_line = place.kind == "line" or None in (place.column, place.end_line, place.end_column)
    node = _on_line(source, place) if only_line else _exact(source, place)
    above: cst.CSTNode | None = node
    while above is not None:
        if isinstance(above, cst.FormattedString):
            raise Refused("the queryset is made inside an f-string; give it a name before that")
        above = source.parent(above)
    return node


def _exact(source: Source, place: Place) -> Located:
    start = source.offset(place.line, place.column or 0)
    end = source.offset(place.end_line or 0, place.end_column or 0)
    nodes: list[Located] = [*source.nodes(cst.Call), *source.nodes(cst.Attribute)]
    for node in nodes:
        span = source.span(node)
        if span[1] == end and start in (span[0], _name_start(source, node)):
            return node
    raise Refused(f"{place} holds no call at the recorded columns; record the project again")


def _name_start(source: Source, node: Located) -> int:
    """Where the last attribute's name begins; of a plain call, where the call does."""
    attribute = node if isinstance(node, cst.Attribute) else node.func
    if isinstance(attribute, cst.Attribute):
        return source.span(attribute.attr)[0]
    return source.span(node)[0]


def _on_line(source: Source, place: Place) -> cst.Call:
    roots = [call for call in source.nodes(cst.Call) if _makes_queryset(call)]
    exact = [call for call in roots if source.line(_name_start(source, call)) == place.line]
    found = exact or [call for call in roots if _spans(source, call, place.line)]
    if not found:
        raise Refused(f"no queryset expression was found in {place}")
    if len(found) > 1:
        raise Refused(
            f"two calls match: {place} is known without columns (Python before 3.11), and "
            f"{len(found)} querysets are made there; put them on lines of their own"
        )
    return found[0]


def _spans(source: Source, call: cst.Call, line: int) -> bool:
    start, end = source.span(call)
    return source.line(start) <= line <= source.line(end)


def _makes_queryset(call: cst.Call) -> bool:
    """Whether this looks like the innermost call of a chain that makes a queryset."""
    if constructs(call):
        return True
    func = call.func
    if isinstance(func, cst.Name):
        return func.value in methods.SHORTCUTS and not _holds_queryset(call)
    if not isinstance(func, cst.Attribute):
        return False
    name = func.attr.value
    if name in methods.SHORTCUTS:
        return not _holds_queryset(call)
    inner = func.value
    if isinstance(inner, cst.Call) and _makes_queryset_chain(inner):
        return False
    managed = isinstance(inner, cst.Attribute) and inner.attr.value in methods.MANAGERS
    return managed or name in methods.QUERYSET


def _makes_queryset_chain(call: cst.Call) -> bool:
    inner: cst.BaseExpression = call
    while isinstance(inner, cst.Call) and isinstance(inner.func, cst.Attribute):
        if _makes_queryset(inner):
            return True
        inner = inner.func.value
    return False


def _holds_queryset(call: cst.Call) -> bool:
    """A shortcut whose argument makes the queryset makes none itself."""
    return bool(call.args) and isinstance(call.args[0].value, cst.Call)
