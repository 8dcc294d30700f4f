"""A number that is read, changed and saved: offered to be changed by the database.

    book.pages += 1                 book.pages = F("pages") + 1
    book.pages = book.pages - n     book.pages = F("pages") - n
    book.save()                     book.save()

Only where the function itself loads the instance, saves it in the same block, and leaves it then.
"""

from __future__ import annotations

import libcst as cst

from hotclub.doctor.finding import Finding, Place
from hotclub.fix._chain import shorten
from hotclub.fix._held import Held
from hotclub.fix._imports import written
from hotclub.fix._known import Models
from hotclub.fix._objections import own_trigger
from hotclub.fix._source import Source
from hotclub.fix._tree import Tree
from hotclub.fix.model import Edit, Fix, Import, Refused

CODE = "HC401"
_F = Import("django.db.models", "F")
_OPERATORS = (cst.Add, cst.Subtract, cst.Multiply)
_AUGMENTED = ((cst.AddAssign, "+"), (cst.SubtractAssign, "-"), (cst.MultiplyAssign, "*"))
_ATOMS = (cst.Name, cst.Attribute, cst.Call, cst.Subscript, cst.Integer, cst.Float)
Change = cst.AugAssign | cst.Assign


def counting(finding: Finding, tree: Tree, models: Models) -> Fix:
    """The offer for one change.

    Raises:
        Refused: it is not written plainly, or somebody else would meet the expression.
    """
    place = own_trigger(finding, "changes it")
    source = tree.source(place)
    statement, target = _change(source, place, finding)
    saved = _save(source, statement, target, finding)
    Held(source, statement, target, saved).check()
    _check_model(finding, models)
    edits = _edits(source, statement, target, finding)
    said = f"{source.text_of(target)} from F({source.quote}{target.attr.value}{source.quote})"
    made = tree.replacing(place.path, edits)
    return Fix.of_text(place, (finding,), said, "offered", made, (_F,))


def _change(source: Source, place: Place, finding: Finding) -> tuple[Change, cst.Attribute]:
    """The statement at a place, and what it changes."""
    if place.end_line is None or place.end_column is None:
        raise Refused(f"{place} is known without columns (Python before 3.11); {finding.advice}")
    span = (
        source.offset(place.line, place.column or 0),
        source.offset(place.end_line, place.end_column),
    )
    nodes: list[Change] = [*source.nodes(cst.AugAssign), *source.nodes(cst.Assign)]
    for node in nodes:
        target = node.target if isinstance(node, cst.AugAssign) else node.targets[0].target
        if isinstance(target, cst.Attribute) and span in (source.span(target), source.span(node)):
            return node, target
    raise Refused(f"{place} is no plain change of an attribute; {finding.advice}")


def _save(source: Source, statement: Change, target: cst.Attribute, finding: Finding) -> cst.Call:
    """The call after a statement, in its block, that saves what it changed."""
    name = f"{source.text_of(target.value)}.save"
    for one in _following(source, statement):
        call = one.value if isinstance(one, cst.Expr) else None
        if isinstance(call, cst.Call) and source.text_of(call.func) == name:
            if any(
                arg.keyword is None or arg.keyword.value != "update_fields" for arg in call.args
            ):
                break
            return call
    raise Refused(f"no {name}() follows in the same block; {finding.advice}")


def _following(source: Source, statement: Change) -> list[cst.CSTNode]:
    """The plain statements after one in its block."""
    line = source.parent(statement)
    block = source.parent(line) if line is not None else None
    lines = [one for one in getattr(block, "body", ()) if isinstance(one, cst.SimpleStatementLine)]
    inside: list[cst.CSTNode] = [one for each in lines for one in each.body]
    return inside[inside.index(statement) + 1 :] if statement in inside else []


def _check_model(finding: Finding, models: Models) -> None:
    hooks = models(finding.model).hooks.get("save", ())
    if hooks:
        raise Refused(
            f"{hooks[0]} is run when it is saved, and would see an expression instead of a number; "
            f"{finding.advice}"
        )


def _edits(
    source: Source, statement: Change, target: cst.Attribute, finding: Finding
) -> list[Edit]:
    expression = f"{written(source, _F)}({source.quote}{target.attr.value}{source.quote})"
    if isinstance(statement, cst.Assign):
        start, end = source.span(_old(source, statement, target, finding))
        return [Edit(start, end, expression)]
    sign = next((s for kind, s in _AUGMENTED if isinstance(statement.operator, kind)), "")
    if not sign:
        raise _unclear(source, statement, finding)
    start = source.text.index(f"{sign}=", source.span(target)[1])
    edits = [Edit(start, start + 2, f"= {expression} {sign}")]
    if not isinstance(statement.value, _ATOMS) and not statement.value.lpar:
        start, end = source.span(statement.value)
        edits += [Edit(start, start, "("), Edit(end, end, ")")]
    return edits


def _old(
    source: Source, statement: cst.Assign, target: cst.Attribute, finding: Finding
) -> cst.CSTNode:
    """Where an assignment reads the old number, once and plainly."""
    text = source.text_of(target)
    reads = [
        one
        for one in source.nodes(cst.Attribute)
        if source.text_of(one) == text and source.is_below(one, statement.value)
    ]
    if len(reads) != 1 or len(statement.targets) != 1:
        raise _unclear(source, statement, finding)
    node: cst.CSTNode | None = reads[0]
    while node is not statement.value:
        node = source.parent(node) if node is not None else None
        if not isinstance(node, cst.BinaryOperation) or not isinstance(node.operator, _OPERATORS):
            raise _unclear(source, statement, finding)
    return reads[0]


def _unclear(source: Source, statement: Change, finding: Finding) -> Refused:
    text = shorten(source.text_of(statement))
    return Refused(f"«{text}» is no sum, difference or product; {finding.advice}")
