"""Where a value is asked for once for each instance, and what it asks for: rewritten only where it
says exactly that.

    tag.products.filter(is_published=True).count()     in Python, the filter's values being literals
    {{ supplier.products.count }}                      in a template
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import libcst as cst

from hotclub.doctor.finding import Place
from hotclub.fix._chain import method_of, shorten
from hotclub.fix._locate import locate
from hotclub.fix._source import Source
from hotclub.fix._template import line_of
from hotclub.fix._tree import Tree
from hotclub.fix.model import Refused, Replacement

SHAPES = ("count", "exists", "aggregate")


@dataclass(frozen=True)
class Use:
    """One place that asks: ``spans`` of its text are to become ``owner`` and a name.

    ``filters`` are the arguments of the methods before the last one, as (method, source);
    ``aggregate`` the aggregate's own source, such as ``Sum("price")``.
    """

    path: str
    sha256: str
    spans: tuple[tuple[int, int], ...]
    owner: str
    filters: tuple[tuple[str, str], ...] = ()
    aggregate: str = ""

    def replaced(self, name: str) -> tuple[Replacement, ...]:
        return tuple(
            Replacement(self.path, self.sha256, start, end, f"{self.owner}.{name}")
            for start, end in self.spans
        )


def use_at(place: Place, relations: tuple[str, ...], shape: str, tree: Tree) -> Use:
    """What a place asks of an instance's relations, the last of which holds many.

    Raises:
        Refused: it does not say that plainly.
    """
    if place.kind == "template":
        return _in_template(place, relations, shape, tree)
    source = tree.source(place)
    node = locate(source, place)
    call: cst.BaseExpression = node
    if not isinstance(call, cst.Call) or method_of(call) != shape:
        raise _unclear(source, node)
    aggregate, whole = _aggregate(source, call) if shape == "aggregate" else ("", call)
    filters = []
    below = _receiver(call)
    while isinstance(below, cst.Call) and method_of(below) in ("filter", "exclude", "all"):
        if method_of(below) != "all":
            filters.append((method_of(below), _literal_arguments(source, below)))
        below = _receiver(below)
    if shape != "aggregate" and call.args:
        raise _unclear(source, node)
    owner = _owner(source, below, relations)
    span = source.span(whole)
    return Use(place.path, place.sha256 or "", (span,), owner, tuple(filters[::-1]), aggregate)


def _receiver(call: cst.Call) -> cst.BaseExpression:
    assert isinstance(call.func, cst.Attribute)
    return call.func.value


def _owner(source: Source, node: cst.BaseExpression, relations: tuple[str, ...]) -> str:
    """What the relations are read of."""
    begin = node
    for relation in reversed(relations):
        if not isinstance(node, cst.Attribute) or node.attr.value != relation:
            raise _unclear(source, begin)
        node = node.value
    root: cst.BaseExpression = node
    while isinstance(root, cst.Attribute):
        root = root.value
    if not isinstance(root, cst.Name):
        raise _unclear(source, begin)
    if root.value in ("self", "cls") and root is node:
        raise Refused(
            f"{shorten(source.text_of(begin))} is asked by the instance itself, whoever loaded it; "
            "annotate the queryset and read the value where the rows are used, by hand"
        )
    return source.text_of(node)


def _literal_arguments(source: Source, call: cst.Call) -> str:
    """The arguments of a filter, all being literals given by name."""
    for arg in call.args:
        if arg.keyword is None or not is_literal(arg.value):
            raise Refused(
                f"{shorten(source.text_of(call))} filters by what is only known there; "
                "annotate the queryset by hand"
            )
    return ", ".join(source.text_of(arg).rstrip(", \t\r\n") for arg in call.args)


def is_literal(value: cst.BaseExpression) -> bool:
    """Whether an expression is a number, a string, True, False or None."""
    if isinstance(value, cst.Name):
        return value.value in ("True", "False", "None")
    if isinstance(value, cst.UnaryOperation):
        return is_literal(value.expression)
    return isinstance(value, (cst.SimpleString, cst.Integer, cst.Float))


_PLAIN = ("Sum", "Min", "Max", "Avg")


def _aggregate(source: Source, call: cst.Call) -> tuple[str, cst.BaseExpression]:
    """The aggregate, and the subscript that reads it: `aggregate(n=Sum("price"))["n"]`."""
    above = source.parent(call)
    arg = call.args[0] if len(call.args) == 1 else None
    value = arg.value if arg is not None else None
    if (
        isinstance(above, cst.Subscript)
        and arg is not None
        and arg.keyword is not None
        and isinstance(value, cst.Call)
        and len(value.args) == 1
        and isinstance(value.args[0].value, cst.SimpleString)
        and source.text_of(value.func).rpartition(".")[2] in _PLAIN
        and _key(above) == arg.keyword.value
    ):
        return source.text_of(value), above
    raise _unclear(source, call)


def _key(node: cst.Subscript) -> str:
    index = node.slice[0].slice if len(node.slice) == 1 else None
    value = index.value if isinstance(index, cst.Index) else None
    text = value.evaluated_value if isinstance(value, cst.SimpleString) else ""
    return text if isinstance(text, str) else ""


def _unclear(source: Source, node: cst.CSTNode) -> Refused:
    return Refused(
        f"{shorten(source.text_of(node))} is not plainly a value of one relation; annotate the "
        "queryset by hand, and read the value here"
    )


_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}")


def _in_template(place: Place, relations: tuple[str, ...], shape: str, tree: Tree) -> Use:
    line = line_of(place, tree)
    wanted = re.compile(
        rf"(?<![\w.])((?:\w+\.)*\w+)\.{re.escape('.'.join(relations))}(?:\.all)?"
        rf"\.{shape}(?:\(\))?(?![\w.(])"
    )
    found = [
        (tag.start() + one.start(), tag.start() + one.end(), one[1])
        for tag in _TAG.finditer(line.text)
        for one in wanted.finditer(tag.group())
    ]
    owners = {owner for *_, owner in found}
    if len(owners) != 1 or shape == "aggregate":
        raise Refused(
            f"{place} does not say plainly whose {relations[-1]} it asks for; annotate the "
            "queryset by hand, and read the value there"
        )
    spans = tuple((line.start + begin, line.start + end) for begin, end, _ in found)
    return Use(place.path, line.sha256, spans, owners.pop())
