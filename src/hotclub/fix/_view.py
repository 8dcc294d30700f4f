"""Views, viewsets and forms' kin that say `model = X` or `queryset = …` in their body.

With only a model, a `queryset` is added after it: Django's and DRF's generic views take it
before the model (django/views/generic/list.py, `get_queryset`) and still need the model's name
for templates and permissions.
"""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst

from hotclub.doctor.finding import Place
from hotclub.fix._chain import Believe, Chain, chain_at, is_class, method_of
from hotclub.fix._class import after_line, assigned, class_at, has_method
from hotclub.fix._edit import calls_of
from hotclub.fix._source import Source
from hotclub.fix._stated import Stated
from hotclub.fix._target import ChainTarget, Target
from hotclub.fix.model import Edit, Lookup, Refused, spell


@dataclass(frozen=True)
class ModelTarget:
    """A class with a model and no queryset."""

    source: Source
    statement: cst.Assign | cst.AnnAssign
    manager: str
    stated: Stated = Stated()
    one_row: bool = False
    forward_joins_only: bool = False
    joins: bool = True

    @property
    def key(self) -> int:
        return self.source.span(self.statement)[1]

    def says(self, lookups: tuple[Lookup, ...]) -> str:
        return spell(lookups)

    def edits(self, lookups: tuple[Lookup, ...], limit: int) -> list[Edit]:
        assert self.statement.value is not None
        model = self.source.text_of(self.statement.value)
        calls = calls_of(lookups, self.source.quote)
        at, begin = after_line(self.source, self.statement)
        head = f"queryset = {model}.{self.manager}"
        line = begin + head + "".join(f".{call}" for call in calls)
        if len(line) - len(self.source.newline) > limit:
            deeper = begin + ("\t" if "\t" in begin else "    ")
            room = limit - len(deeper) + len(self.source.newline)
            inside = "".join(f"{deeper}.{call.laid_out(deeper, room)}" for call in calls)
            line = f"{begin}queryset = ({deeper}{model}.{self.manager}{inside}{begin})"
        return [Edit(at, at, line)]


def view_target(source: Source, place: Place, manager: str, believe: Believe) -> Target:
    """What to edit in a class that the framework queries for.

    Raises:
        Refused: the class does not say itself what it queries.
    """
    node = class_at(source, place)
    by_hand = f"give {place.qualname} a queryset that loads it, by hand"
    if place.attribute not in ("model", "queryset", None):
        raise Refused(f"the framework makes the queryset of {place.attribute}; {by_hand}")
    queryset = assigned(node, "queryset")
    if queryset is not None and queryset.value is not None:
        return ChainTarget(_queryset_chain(source, queryset.value, believe, by_hand))
    if has_method(node, "get_queryset"):
        raise Refused(f"{place.qualname}.get_queryset() does not show its queryset; {by_hand}")
    model = assigned(node, "model")
    if model is None or model.value is None:
        raise Refused(f"{place.qualname} inherits what it queries; {by_hand}")
    if not is_class(model.value):
        raise Refused(f"the model of {place.qualname} is not a plain name; {by_hand}")
    return ModelTarget(source, model, manager)


def _queryset_chain(
    source: Source, value: cst.BaseExpression, believe: Believe, by_hand: str
) -> Chain:
    if isinstance(value, cst.Attribute) and is_class(value.value):
        return Chain(source, value, ())
    node: cst.BaseExpression = value
    while True:
        if isinstance(node, cst.Subscript):
            node = node.value
        elif (
            isinstance(node, cst.Call)
            and isinstance(node.func, cst.Attribute)
            and (method_of(node.func.value))
        ):
            node = node.func.value
        else:
            break
    if not isinstance(node, cst.Call):
        raise Refused(f"its queryset is not written where it is assigned; {by_hand}")
    return chain_at(source, node, believe)
