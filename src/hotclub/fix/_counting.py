"""A number that is read, changed and saved: offered to be changed by the database.

    book.pages += 1                 book.pages = F("pages") + 1
    book.pages = book.pages - n     book.pages = F("pages") - n
    book.save()                     book.save()

Only where the function itself loads the instance, saves it in the same block, and leaves it then;
and only whole numbers of columns that hold nothing else: of others the database may make another
number than Python does (a float rounded, a NULL kept).
"""

from __future__ import annotations

import libcst as cst

from hotclub.doctor.finding import Finding, Place
from hotclub.fix._chain import shorten
from hotclub.fix._held import Held
from hotclub.fix._imports import written
from hotclub.fix._known import Model, Models
from hotclub.fix._objections import own_trigger
from hotclub.fix._source import Source
from hotclub.fix._tree import Tree
from hotclub.fix.model import Edit, Fix, Import, Refused

CODE = "HC401"
_F = Import("django.db.models", "F")
_OPERATORS = (cst.Add, cst.Subtract)
_AUGMENTED = ((cst.AddAssign, "+"), (cst.SubtractAssign, "-"))
_WHOLE = frozenset({
    "BigIntegerField", "IntegerField", "PositiveBigIntegerField", "PositiveIntegerField",
    "PositiveSmallIntegerField", "SmallIntegerField",
})  # fmt: skip
_ATOMS = (cst.Call, cst.Integer)
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
    model = models(finding.model)
    Held(source, statement, target, saved, model.columns).check()
    _check_model(finding, model, target.attr.value)
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


def _check_model(finding: Finding, model: Model, name: str) -> None:
    hooks = model.hooks.get("save", ())
    if hooks:
        raise Refused(
            f"{hooks[0]} is run when it is saved, and would see an expression instead of a number; "
            f"{finding.advice}"
        )
    column = model.columns.get(name)
    if column is None or column.null or column.type not in _WHOLE:
        raise Refused(
            f"{name} may hold something else than a whole number, which the database may make "
            f"another one of; {finding.advice}"
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
    _check_whole(source, statement.value, finding)
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
    node: cst.CSTNode = reads[0]
    while node is not statement.value:
        above = source.parent(node)
        if not isinstance(above, cst.BinaryOperation) or not isinstance(above.operator, _OPERATORS):
            raise _unclear(source, statement, finding)
        _check_whole(source, above.left if above.right is node else above.right, finding)
        node = above
    return reads[0]


def _check_whole(source: Source, value: cst.BaseExpression, finding: Finding) -> None:
    """Raise Refused for an operand that is not plainly a whole number."""
    if isinstance(value, cst.BinaryOperation) and isinstance(value.operator, _OPERATORS):
        _check_whole(source, value.left, finding)
        _check_whole(source, value.right, finding)
    elif isinstance(value, cst.UnaryOperation) and isinstance(
        value.operator, (cst.Minus, cst.Plus)
    ):
        _check_whole(source, value.expression, finding)
    elif not isinstance(value, cst.Integer) and not _is_counted(value):
        text = shorten(source.text_of(value))
        raise Refused(f"«{text}» is not plainly a whole number, as int(…) is; {finding.advice}")


def _is_counted(value: cst.BaseExpression) -> bool:
    """Whether this is `int(…)` or `len(…)`."""
    name = value.func if isinstance(value, cst.Call) else None
    return isinstance(name, cst.Name) and name.value in ("int", "len")


def _unclear(source: Source, statement: Change, finding: Finding) -> Refused:
    text = shorten(source.text_of(statement))
    return Refused(f"«{text}» is no sum or difference; {finding.advice}")
