"""A loop that does the same to every row of a queryset, and nothing else: one statement.

for book in Book.objects.filter(a=1):     Book.objects.filter(a=1).update(read=True)
    book.read = True
    book.save()
"""

from __future__ import annotations

import libcst as cst

from hotclub.fix import _methods as methods
from hotclub.fix._bulk_loop import Written
from hotclub.fix._chain import method_of
from hotclub.fix._class import last_line
from hotclub.fix._known import Model
from hotclub.fix._uses import is_literal
from hotclub.fix._variables import only_inside
from hotclub.fix.model import Edit, Import

_UNFIT = frozenset({"distinct", "extra", "raw", "select_for_update"})
"""A queryset that says one of these cannot be changed or deleted whole, or not as it says."""


def whole(found: Written, model: Model) -> tuple[str, list[Edit], tuple[Import, ...]] | None:
    """The statement in words, the edits, and what they need imported; None where the loop is
    another one.

    Raises:
        Refused: something of the loop would be missed.
    """
    target, rows = found.loop.target, found.loop.iter
    if not isinstance(target, cst.Name) or not is_queryset(rows):
        return None
    if not isinstance(found.owner, cst.Name) or found.owner.value != target.value:
        return None
    if found.hook == "delete" and len(found.body) == 1 and not found.call.args:
        call = "delete()"
    elif found.hook == "update" and (values := _values(found, target.value, model)):
        call = f"update({values})"
    else:
        return None
    _check_missed(found, target.value)
    source = found.source
    begin, end = source.span(found.loop)[0], last_line(source, found.loop)
    return call, [Edit(begin, end, f"{source.text_of(rows)}.{call}")], ()


def is_queryset(node: cst.BaseExpression) -> bool:
    """Whether this is plainly an unsliced queryset of a class's manager."""
    if not isinstance(node, cst.Call):
        return False
    while isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute):
        name = method_of(node)
        if name not in methods.QUERYSET or name in _UNFIT:
            return False
        node = node.func.value
    return isinstance(node, cst.Attribute) and node.attr.value in methods.MANAGERS


def _check_missed(found: Written, name: str) -> None:
    source = found.source
    if not only_inside(source, found.loop, name):
        raise found.unclear(f"{name} is used outside of the loop")
    begin, end = source.span(found.loop)[0], last_line(source, found.loop)
    if any(begin <= source.span(one)[0] < end for one in source.nodes(cst.Comment)):
        raise found.unclear("a comment stands in the loop")


def _values(found: Written, name: str, model: Model) -> str:
    """What each row is given, where it is the same for all; nothing where it is not."""
    *given, last = found.body or [found.loop]
    if last is not found.line.body[0] or found.call.args:
        return ""
    values, columns = [], set(model.columns) - {model.key, "pk"}
    for one in given:
        target = one.targets[0].target if isinstance(one, cst.Assign) else None
        if not isinstance(one, cst.Assign) or len(one.targets) != 1:
            return ""
        if not isinstance(target, cst.Attribute) or found.source.text_of(target.value) != name:
            return ""
        if not is_literal(one.value) or target.attr.value not in columns:
            return ""
        columns.remove(target.attr.value)
        values.append(f"{target.attr.value}={found.source.text_of(one.value)}")
    return ", ".join(values)
