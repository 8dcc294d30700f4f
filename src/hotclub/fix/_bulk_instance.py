"""What a loop does with an instance before it is saved: all of it must be plain to see.

Changed are the attributes that the loop itself gives a value. So nobody else may have the instance
or one of its values (`book.tags.append("x")`), and where it comes from has to be plain as well.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from hotclub.fix._bulk_loop import Written
from hotclub.fix._bulk_whole import is_queryset
from hotclub.fix._chain import called_name, calls_below
from hotclub.fix._known import Model
from hotclub.fix._variables import mentions, only_inside

_OPERATIONS = (
    cst.BinaryOperation, cst.Comparison, cst.ComparisonTarget, cst.FormattedStringExpression,
    cst.UnaryOperation,
)  # fmt: skip


def check_read(found: Written, name: str) -> None:
    """Raise Refused unless the instances are those of a class's queryset, and of the loop only."""
    target, rows = found.loop.target, found.loop.iter
    if not isinstance(target, cst.Name) or target.value != name or not is_queryset(rows):
        raise found.unclear(f"{name} is not plainly read from a queryset, unchanged")
    if "using" in calls_below(rows):
        raise found.unclear("the queryset names its database")
    check_inside(found, name)


def check_made(found: Written, name: str, model: Model) -> None:
    """Raise Refused unless each round makes an instance of its own, and the database its key."""
    made = _made(found, name)
    if made is None or called_name(made.value) != model.qualname:
        raise found.unclear(f"{name} is not plainly a new {model.qualname} in each round")
    assert isinstance(made.value, cst.Call)
    target = made.targets[0].target
    given = {arg.keyword.value if arg.keyword else "" for arg in made.value.args}
    given |= set(assigned(found, name, target))
    if given & {"", "pk", model.key}:
        raise found.unclear(f"{name} may be given its key")
    check_inside(found, name)


def _made(found: Written, name: str) -> cst.Assign | None:
    """The statement of the loop's own block that gives the variable its value before the save."""
    for line in found.loop.body.body:
        for one in line.body if isinstance(line, cst.SimpleStatementLine) else ():
            if not isinstance(one, cst.Assign) or len(one.targets) != 1:
                continue
            target = one.targets[0].target
            if isinstance(target, cst.Name) and target.value == name:
                before = found.source.span(one) < found.source.span(found.call)
                return one if before and isinstance(one.value, cst.Call) else None
    return None


def check_inside(found: Written, name: str) -> None:
    """Raise Refused where a variable stands outside of the loop, too."""
    if not only_inside(found.source, found.loop, name):
        raise found.unclear(f"{name} is used outside of the loop")


def assigned(found: Written, name: str, *but: cst.CSTNode) -> Iterator[str]:
    """The attributes of the instance that the loop gives a value; ``but`` is left aside.

    Raises:
        Refused: it may be changed by somebody else as well.
    """
    source = found.source
    for one in mentions(source, found.loop.body, name):
        above = source.parent(one)
        outer = source.parent(above) if above is not None else None
        if outer is found.call or one in but:
            continue
        if _is_target(source.parent(outer) if outer is not None else None, outer, above):
            assert isinstance(above, cst.Attribute)
            yield above.attr.value
        elif not isinstance(above, cst.Attribute) or not _is_operand(outer, above):
            raise found.unclear(f"what else is done with {name} may change it")


def _is_target(
    statement: cst.CSTNode | None, outer: cst.CSTNode | None, node: cst.CSTNode | None
) -> bool:
    """Whether a statement gives this attribute a value, and nothing else."""
    if not isinstance(node, cst.Attribute):
        return False
    alone = isinstance(statement, cst.Assign) and len(statement.targets) == 1
    plain = isinstance(outer, cst.AssignTarget) and alone
    return plain or (isinstance(outer, cst.AugAssign) and outer.target is node)


def _is_operand(outer: cst.CSTNode | None, node: cst.CSTNode) -> bool:
    return isinstance(outer, _OPERATIONS) or (isinstance(outer, cst.If) and outer.test is node)
