"""Writing ``indexes`` into a model's ``Meta``, in the layout that the file has."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import libcst as cst

from hotclub.doctor.finding import MissingIndex
from hotclub.fix._imports import import_edits, written
from hotclub.fix._models import index_class
from hotclub.fix._source import Source, Span
from hotclub.fix.model import Edit, Import, Refused


def meta_edits(
    source: Source, qualname: str, indexes: Sequence[MissingIndex], limit: int
) -> list[Edit]:
    """The edits that add indexes to the ``Meta`` of one model.

    Raises:
        Refused: the class, its ``Meta`` or its ``indexes`` are not written out here.
    """
    model = class_of(source, qualname)
    items, imported = _items(source, indexes, limit)
    meta = meta_of(model)
    if meta is None:
        return [*imported, _new_meta(source, model, items, indexes[0], limit)]
    stated = stated_in(meta)
    if stated is not None:
        return [*imported, *_more(source, stated, items, limit)]
    if indexes[0].declared:
        raise Refused(_INHERITED)
    last = body_of(meta)[-1]
    end = source.line_span(source.span(last)[1])[1]
    text = _assignment(source, items, source.indent(source.span(last)[0]), limit)
    return [*imported, Edit(end, end, source.newline + text)]


def _items(
    source: Source, indexes: Sequence[MissingIndex], limit: int
) -> tuple[list[_Item], list[Edit]]:
    """How they are written in this file, and the edits that import their classes."""
    classes: dict[bool, str] = {}
    imported: list[Edit] = []
    if not all(index.pages for index in indexes):
        classes[False], imported = index_class(source)
    if any(index.pages for index in indexes):
        classes[True] = written(source, SUMMARY)
        imported = [*imported, *import_edits(source, [SUMMARY], limit)]
    return [_Item(source, index, classes[bool(index.pages)]) for index in indexes], imported


SUMMARY = Import("django.contrib.postgres.indexes", "BrinIndex")
_INHERITED = (
    "the model's indexes come from a base class, and indexes of its own would replace them; "
    "add the index by hand"
)


@dataclass(frozen=True)
class _Item:
    """One index, and how it is written."""

    source: Source
    index: MissingIndex
    name: str

    @property
    def arguments(self) -> str:
        models, _, _ = self.name.rpartition(".")
        if not models and (self.index.condition or self.index.function):
            raise Refused("the file does not call Django's models by one name; add it by hand")
        return self.index.arguments(self.source.quote, models)

    @property
    def line(self) -> str:
        return f"{self.name}({self.arguments})"

    def lines(self, indent: str, limit: int) -> str:
        """On a line of its own, or on three where that is too long; with a comma."""
        if len(indent) + len(self.line) + 1 <= limit:
            return f"{indent}{self.line},"
        inner = indent + "    "
        return self.source.newline.join(
            [f"{indent}{self.name}(", f"{inner}{self.arguments},", f"{indent}),"]
        )


def class_of(source: Source, qualname: str) -> cst.ClassDef:
    found = [node for node in source.nodes(cst.ClassDef) if _qualname(source, node) == qualname]
    if len(found) != 1:
        how = "not there" if not found else "there more than once"
        raise Refused(f"the class {qualname} is {how}; add the index by hand")
    return found[0]


def _qualname(source: Source, node: cst.ClassDef) -> str:
    names: list[str] = []
    above: cst.CSTNode | None = node
    while above is not None:
        if isinstance(above, cst.FunctionDef):
            names.append("<locals>")
        if isinstance(above, (cst.ClassDef, cst.FunctionDef)):
            names.append(above.name.value)
        above = source.parent(above)
    return ".".join(reversed(names))


def body_of(node: cst.ClassDef) -> Sequence[cst.BaseStatement]:
    if not isinstance(node.body, cst.IndentedBlock):
        raise Refused(f"the class {node.name.value} is written in one line; add the index by hand")
    return node.body.body


def meta_of(model: cst.ClassDef) -> cst.ClassDef | None:
    for statement in body_of(model):
        if isinstance(statement, cst.ClassDef) and statement.name.value == "Meta":
            return statement
        if isinstance(statement, cst.If):
            raise Refused("the model is written with conditions in its body; add the index by hand")
        if "Meta" in assigned_by(statement):
            raise Refused("the model's Meta is not a class that is written out; add it by hand")
    return None


def assigned_by(statement: cst.BaseStatement) -> dict[str, cst.BaseExpression | None]:
    """Names that a statement sets, with what they are set to."""
    found: dict[str, cst.BaseExpression | None] = {}
    for small in statement.body if isinstance(statement, cst.SimpleStatementLine) else ():
        if isinstance(small, cst.Assign):
            for target in small.targets:
                if isinstance(target.target, cst.Name):
                    found[target.target.value] = small.value
        elif isinstance(small, (cst.AnnAssign, cst.AugAssign)) and isinstance(
            small.target, cst.Name
        ):
            found[small.target.value] = small.value if isinstance(small, cst.AnnAssign) else None
    return found


def stated_in(meta: cst.ClassDef) -> cst.List | cst.Tuple | None:
    """The indexes that a ``Meta`` says, if it says any."""
    values = [assigned_by(one)["indexes"] for one in body_of(meta) if "indexes" in assigned_by(one)]
    if not values:
        return None
    if len(values) > 1 or not isinstance(values[0], (cst.List, cst.Tuple)):
        raise Refused("Meta.indexes is not one list that is written out; add the index by hand")
    return values[0]


def _new_meta(
    source: Source, model: cst.ClassDef, items: list[_Item], index: MissingIndex, limit: int
) -> Edit:
    """A ``Meta`` after the fields, before the first method."""
    if index.declared:
        raise Refused(_INHERITED)
    statements = body_of(model)
    before = []
    for statement in statements:
        if isinstance(statement, cst.FunctionDef):
            break
        before.append(statement)
    last = before[-1] if before else None
    if last is None:
        raise Refused("the model's class begins with a method; add the index by hand")
    start, end = source.span(last)
    indent = source.indent(start)
    step = indent[len(source.indent(source.span(model)[0])) :]
    position = source.line_span(end)[1]
    newline = source.newline
    head = f"{indent}class Meta{_base(source, model, index)}:"
    text = newline.join(["", "", head, _assignment(source, items, indent + step, limit)])
    following = source.text[position:].split(newline, 2)[1:2]
    blank = not following or not following[0].strip()
    return Edit(position, position, text if blank else text + newline)


def _base(source: Source, model: cst.ClassDef, index: MissingIndex) -> str:
    """What the class would have inherited by saying no ``Meta`` of its own."""
    if index.meta_base is None:
        return ""
    if index.meta_base >= len(model.bases) or any(base.star for base in model.bases):
        raise Refused("the base class that the model's Meta comes from is not written out")
    return f"({source.text_of(model.bases[index.meta_base].value)}.Meta)"


def _assignment(source: Source, items: list[_Item], indent: str, limit: int) -> str:
    line = f"{indent}indexes = [{', '.join(item.line for item in items)}]"
    if len(items) == 1 and len(line) <= limit:
        return line
    inner = [item.lines(indent + "    ", limit) for item in items]
    return source.newline.join([f"{indent}indexes = [", *inner, f"{indent}]"])


def _more(
    source: Source, stated: cst.List | cst.Tuple, items: list[_Item], limit: int
) -> list[Edit]:
    """More indexes after the last one, on lines of their own if that has one."""
    start, end = _span(source, stated)
    indent = source.indent(start)
    if not stated.elements or source.line(start) == source.line(end):
        return [_rewritten(source, stated, items, limit)]
    first, last = (source.span(stated.elements[at]) for at in (0, -1))
    line_start = source.line_span(first[0])[0]
    inner = source.text[line_start : first[0]]
    if inner.strip():
        raise Refused("Meta.indexes is laid out in a way beyond hotclub; add the index by hand")
    tail = source.text[last[1] : end - 1]
    comma = tail.lstrip()[:1] == ","
    at = source.line_span(last[1])[1]
    text = "".join(source.newline + item.lines(inner or indent, limit) for item in items)
    edits = [] if comma else [Edit(last[1], last[1], ",")]
    if at >= end:  # the bracket closes in the last one's line
        return [*edits, Edit(end - 1, end - 1, text + source.newline + indent)]
    return [*edits, Edit(at, at, text)]


def _span(source: Source, stated: cst.List | cst.Tuple) -> Span:
    """From the opening bracket to behind the closing one."""
    start, end = source.span(stated)
    if isinstance(stated, cst.List):
        return start, end
    before, after = _OPENING.search(source.text[:start]), _CLOSING.match(source.text, end)
    if len(stated.lpar) != 1 or before is None or after is None:
        raise Refused("Meta.indexes is a tuple without brackets; add the index by hand")
    return before.start(), after.end()


_OPENING = re.compile(r"\(\s*\Z")
_CLOSING = re.compile(r"(?:\s|#[^\n]*)*\)")


def _rewritten(
    source: Source, stated: cst.List | cst.Tuple, items: list[_Item], limit: int
) -> Edit:
    """A list that stands in one line, opened if it has to be."""
    start, end = _span(source, stated)
    is_list = isinstance(stated, cst.List)
    opening, closing = ("[", "]") if is_list else ("(", ")")
    there = [source.text_of(element.value) for element in stated.elements]
    texts = [*there, *(item.line for item in items)]
    tail = "," if len(texts) == 1 and not is_list else ""
    line = f"{opening}{', '.join(texts)}{tail}{closing}"
    if start - source.line_span(start)[0] + len(line) <= limit:
        return Edit(start, end, line)
    indent = source.indent(start)
    inner = indent + "    "
    lines = [f"{inner}{text}," for text in there] + [item.lines(inner, limit) for item in items]
    return Edit(start, end, source.newline.join([opening, *lines, f"{indent}{closing}"]))
