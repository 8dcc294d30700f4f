"""`list_select_related` of a `ModelAdmin`: the change list's own way to join.

It takes forward single-valued paths and nothing else; inlines have no such option.
"""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst

from hotclub.doctor.finding import Place
from hotclub.fix import _stated
from hotclub.fix._class import after_line, assigned, bases, class_at, has_method
from hotclub.fix._edit import literal
from hotclub.fix._source import Source
from hotclub.fix._stated import Stated
from hotclub.fix.model import Edit, Lookup, Refused

OPTION = "list_select_related"
_ANCHORS = ("list_display", "model")


def is_admin(source: Source, place: Place) -> bool:
    """Whether the class of a place is an admin's."""
    names = bases(class_at(source, place))
    return any(name.endswith(("Admin", "Inline")) for name in names)


@dataclass(frozen=True)
class AdminTarget:
    """A `ModelAdmin` in whose change list rows are fetched."""

    source: Source
    node: cst.ClassDef
    names: tuple[str, ...]
    one_row: bool = False
    joins_only: bool = True

    @property
    def key(self) -> int:
        return self.source.span(self.node.name)[1]

    @property
    def stated(self) -> Stated:
        return Stated(joined=frozenset(self.names))

    def edits(self, lookups: tuple[Lookup, ...], limit: int) -> list[Edit]:
        names = [*self.names, *(lookup.path for lookup in lookups)]
        texts = [literal(self.source, name) for name in names]
        value = f"({', '.join(texts)}{',' if len(texts) == 1 else ''})"
        statement = assigned(self.node, OPTION)
        if statement is not None and statement.value is not None:
            return [Edit(*_whole(self.source, statement.value), value)]
        anchor = next(filter(None, (assigned(self.node, name) for name in _ANCHORS)), None)
        if anchor is not None:
            at, begin = after_line(self.source, anchor)
            return [Edit(at, at, f"{begin}{OPTION} = {value}")]
        at, begin = _before_first(self.source, self.node)
        return [Edit(at, at, f"{begin}{OPTION} = {value}{self.source.newline}")]


def admin_target(source: Source, place: Place) -> AdminTarget:
    """The admin of a place.

    Raises:
        Refused: this admin cannot be told by an option.
    """
    node = class_at(source, place)
    if any(name.endswith("Inline") for name in bases(node)):
        raise Refused(f"the inline {place.qualname} has no option for it; override get_queryset()")
    if has_method(node, "get_list_select_related"):
        raise Refused(f"{place.qualname}.get_list_select_related() decides; change it by hand")
    statement = assigned(node, OPTION)
    if statement is None or statement.value is None:
        return AdminTarget(source, node, ())
    names = _names(statement.value)
    if names is None:
        raise Refused(f"{OPTION} of {place.qualname} is no plain list of names; change it by hand")
    return AdminTarget(source, node, names)


def _names(value: cst.BaseExpression) -> tuple[str, ...] | None:
    if isinstance(value, cst.Name) and value.value == "False":
        return ()
    if not isinstance(value, (cst.Tuple, cst.List)):
        return None
    names = tuple(_stated.text(element.value) for element in value.elements)
    return names if all(names) else None


def _whole(source: Source, value: cst.BaseExpression) -> tuple[int, int]:
    """A value with its parentheses, which the tree counts apart for tuples."""
    start, end = source.span(value)
    for _ in value.lpar if isinstance(value, (cst.Tuple, cst.List)) else ():
        start = source.text.rindex("(", 0, start)
        end = source.text.index(")", end) + 1
    return start, end


def _before_first(source: Source, node: cst.ClassDef) -> tuple[int, str]:
    """Where the line before a class's first statement (but its docstring) goes, its indent."""
    body = list(node.body.body)
    if node.get_docstring() is not None and len(body) > 1:
        body = body[1:]
    first: cst.CSTNode = body[0]
    if isinstance(first, (cst.FunctionDef, cst.ClassDef)) and first.decorators:
        first = first.decorators[0]
    start = source.span(first)[0]
    return source.line_span(start)[0], source.indent(start)
