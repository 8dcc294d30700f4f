"""Classes that the framework makes querysets for: finding one, and what its body assigns."""

from __future__ import annotations

import libcst as cst
from libcst.helpers import get_full_name_for_node

from hotclub.doctor.finding import Place
from hotclub.fix._source import Source
from hotclub.fix.model import Refused


def class_at(source: Source, place: Place) -> cst.ClassDef:
    """The class that a place names.

    Raises:
        Refused: there is none such, or more than one and none on the place's line.
    """
    nodes = source.nodes(cst.ClassDef)
    found = [node for node in nodes if _qualname(source, node) == place.qualname]
    if len(found) > 1:
        found = [node for node in found if source.line(source.span(node.name)[0]) == place.line]
    if len(found) != 1:
        raise Refused(f"{place.path} has no single class {place.qualname}; change it by hand")
    if not isinstance(found[0].body, cst.IndentedBlock):
        raise Refused(f"the class {place.qualname} is written on one line; change it by hand")
    return found[0]


def _qualname(source: Source, node: cst.ClassDef) -> str:
    names = [node.name.value]
    above = source.parent(node)
    while above is not None:
        if isinstance(above, cst.FunctionDef):
            names.append("<locals>")
        if isinstance(above, (cst.ClassDef, cst.FunctionDef)):
            names.append(above.name.value)
        above = source.parent(above)
    return ".".join(reversed(names))


def assigned(node: cst.ClassDef, name: str) -> cst.Assign | cst.AnnAssign | None:
    """The statement in a class body that gives a name its value."""
    for line in node.body.body:
        if not isinstance(line, cst.SimpleStatementLine):
            continue
        for statement in line.body:
            if isinstance(statement, cst.Assign):
                targets = [target.target for target in statement.targets]
            elif isinstance(statement, cst.AnnAssign) and statement.value is not None:
                targets = [statement.target]
            else:
                continue
            if any(isinstance(one, cst.Name) and one.value == name for one in targets):
                return statement
    return None


def bases(node: cst.ClassDef) -> list[str]:
    """The last names of a class's bases: `TabularInline` of `admin.TabularInline`."""
    names = (get_full_name_for_node(arg.value) or "" for arg in node.bases)
    return [name.rpartition(".")[2] for name in names]


def has_method(node: cst.ClassDef, name: str) -> bool:
    return any(
        isinstance(line, cst.FunctionDef) and line.name.value == name for line in node.body.body
    )


def after_line(source: Source, node: cst.CSTNode) -> tuple[int, str]:
    """Where a line after a statement goes, and the newline and indent that begin it."""
    start, end = source.span(node)
    return source.line_span(end)[1], source.newline + source.indent(start)
