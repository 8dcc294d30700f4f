"""What a loop goes over: whether a filter may stand there.

Only for what is plainly a queryset of a class, or a name of one: a relation's rows may have been
prefetched, and a list or an iterator has no `filter()`.
"""

from __future__ import annotations

import libcst as cst

from hotclub.fix import _methods as methods
from hotclub.fix._chain import is_class, method_of
from hotclub.fix._returns import enclosing
from hotclub.fix._source import Source
from hotclub.fix._variables import mentions, origin

_UNFIT = frozenset({"distinct", "extra", "select_for_update"})
"""A filter after one of these keeps other rows, or locks others."""

_GIVING = (cst.AnnAssign, cst.AugAssign, cst.CompFor, cst.NamedExpr)


def is_filterable(source: Source, rows: cst.BaseExpression) -> bool:
    """Whether these are plainly the rows of a class's queryset."""
    if any(one.value == "Window" for one in source.nodes(cst.Name)):
        return False
    if not isinstance(rows, cst.Name):
        return _is_of_class(rows)
    function = enclosing(source, rows) or source.module
    found = list(mentions(source, function, rows.value))
    given = [origin(source, one) for one in found]
    return not any(_is_unclear(source, one) for one in found) and all(
        one is None or _is_given(one, rows.value) for one in given
    )


def _is_unclear(source: Source, name: cst.Name) -> bool:
    """Whether a name is a parameter, which may be a list as well, or gets its value otherwise."""
    above = source.parent(name)
    if isinstance(above, (cst.AsName, cst.Param)):
        return above.name is name
    return isinstance(above, _GIVING) and above.target is name


def _is_given(one: cst.Assign | cst.For, name: str) -> bool:
    """Whether a statement gives a name such a queryset, or its own with more conditions."""
    if not isinstance(one, cst.Assign) or not isinstance(one.targets[0].target, cst.Name):
        return False
    return _is_of_class(one.value, name)


def _is_of_class(rows: cst.BaseExpression, name: str = "") -> bool:
    """Whether this is `Book.objects.filter(…)`, or `name.filter(…)`."""
    while isinstance(rows, cst.Call):
        if method_of(rows) not in methods.QUERYSET - _UNFIT:
            return False
        assert isinstance(rows.func, cst.Attribute)
        rows = rows.func.value
    if isinstance(rows, cst.Attribute):
        return rows.attr.value in methods.MANAGERS and is_class(rows.value)
    return isinstance(rows, cst.Name) and rows.value == name
