"""Conditions on columns of a row, as a queryset says them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import libcst as cst

from hotclub.fix._known import Column
from hotclub.fix._source import Source

BOOLEAN = "BooleanField"
_EXACT = frozenset({
    BOOLEAN, "AutoField", "BigAutoField", "BigIntegerField", "CharField", "DateField", "ForeignKey",
    "IntegerField", "OneToOneField", "PositiveBigIntegerField", "PositiveIntegerField",
    "PositiveSmallIntegerField", "SlugField", "SmallAutoField", "SmallIntegerField", "TextField",
    "UUIDField",
})  # fmt: skip
"""Types of columns of which database and Python think alike what is equal."""
_TEXTS = frozenset({"CharField", "SlugField", "TextField"})
_OTHERS = _TEXTS | {"DateField", "UUIDField"}
"""Types of columns that are no numbers."""


class _Test(NamedTuple):
    """``filter(lookup)``, or ``exclude(lookup)`` where it is ``not_``."""

    lookup: str
    not_: bool = False


class _Asked(NamedTuple):
    source: Source
    row: str
    columns: Mapping[str, Column]


def conditions(
    source: Source,
    test: cst.BaseExpression,
    row: str,
    columns: Mapping[str, Column],
    *,
    negated: bool,
) -> str:
    """The calls that keep the rows of which a test holds (``negated``: does not); nothing where no
    call is sure to say the same."""
    asked = _Asked(source, row, columns)
    tests = [_opposite(asked, test)] if negated else [_plain(asked, part) for part in _parts(test)]
    found = [one for one in tests if one is not None]
    if len(found) < len(tests):
        return ""
    kept = ", ".join(one.lookup for one in found if not one.not_)
    left = "".join(f".exclude({one.lookup})" for one in found if one.not_)
    return (f".filter({kept})" if kept else "") + left


def _parts(test: cst.BaseExpression) -> list[cst.BaseExpression]:
    """What has to hold, all of it."""
    if isinstance(test, cst.BooleanOperation) and isinstance(test.operator, cst.And):
        return [*_parts(test.left), *_parts(test.right)]
    return [test]


def _opposite(asked: _Asked, test: cst.BaseExpression) -> _Test | None:
    if isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not):
        return _plain(asked, test.expression)
    name = _column(asked, test)
    if name:
        return _false(asked, name)
    found = _plain(asked, test)
    if found is not None and found.lookup.endswith("__isnull=True"):
        return _Test(found.lookup.replace("=True", "=False"))
    if found is not None and found.lookup.endswith("__isnull=False"):
        return _Test(found.lookup.replace("=False", "=True"))
    return _Test(found.lookup, not found.not_) if found is not None else None


def _plain(asked: _Asked, test: cst.BaseExpression) -> _Test | None:
    name = _column(asked, test)
    if name:
        return _Test(f"{name}=True") if asked.columns[name].type == BOOLEAN else None
    if isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not):
        name = _column(asked, test.expression)
        return _false(asked, name) if name else None
    return _compared(asked, test) if isinstance(test, cst.Comparison) else None


def _false(asked: _Asked, name: str) -> _Test | None:
    """`not row.flag`, which of NULL is true."""
    column = asked.columns[name]
    return _Test(f"{name}=False") if column.type == BOOLEAN and not column.null else None


def _compared(asked: _Asked, test: cst.Comparison) -> _Test | None:
    if len(test.comparisons) != 1:
        return None
    operator, value = test.comparisons[0].operator, test.comparisons[0].comparator
    name = _column(asked, test.left)
    if not name and isinstance(operator, (cst.Equal, cst.NotEqual)):
        name, value = _column(asked, value), test.left
    if not name or not _is_given(asked, value):
        return None
    text = asked.source.text_of(value)
    if isinstance(operator, (cst.Is, cst.IsNot)):
        known = text == "None" and asked.columns[name].type
        return _Test(f"{name}__isnull={isinstance(operator, cst.Is)}") if known else None
    kind = asked.columns[name].type
    alike = kind in _EXACT and _is_of_kind(value, kind)
    if not alike or not isinstance(operator, (cst.Equal, cst.NotEqual)):
        return None
    return _Test(f"{name}={text}", isinstance(operator, cst.NotEqual))


def _is_of_kind(value: cst.BaseExpression, kind: str) -> bool:
    """Whether a literal has a column's type: `row.pages == "3"` never holds in Python, but the
    database makes a number of it. Of a variable that is not known."""
    if isinstance(value, cst.SimpleString):
        return kind in _TEXTS
    return kind not in _OTHERS if isinstance(value, cst.Integer) else True


def _column(asked: _Asked, node: cst.BaseExpression) -> str:
    """The column that is read of the row, else nothing."""
    if isinstance(node, cst.Attribute) and isinstance(node.value, cst.Name):
        name = node.attr.value
        return name if node.value.value == asked.row and name in asked.columns else ""
    return ""


def _is_given(asked: _Asked, value: cst.BaseExpression) -> bool:
    """Whether a value has nothing to do with the row, and costs nothing to ask for."""
    if isinstance(value, cst.Attribute):
        return _is_given(asked, value.value)
    if isinstance(value, cst.Name):
        return value.value != asked.row
    return isinstance(value, (cst.SimpleString, cst.Integer))
