"""What a `ModelAdmin` and an inline say about what they load.

A change list joins what `list_select_related` names: forward keys, nothing else. For all other
paths the list that `get_changelist_instance()` gives back is told to prefetch: what
`get_queryset()` says would be paid for by the page of each single object too. An inline's
`get_queryset()` is only asked for its rows, so that is where it is said for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import libcst as cst

from hotclub.doctor.finding import Finding, Place
from hotclub.fix import _stated
from hotclub.fix._calls import Call
from hotclub.fix._chain import Believe, Chain, chain_at
from hotclub.fix._class import (
    after_line,
    append_method,
    assigned,
    bases,
    before_first,
    class_at,
    has_method,
    method,
    registered_models,
)
from hotclub.fix._edit import calls_of, chain_edits, literal
from hotclub.fix._source import Source
from hotclub.fix._stated import Stated
from hotclub.fix.model import Edit, Lookup, Refused, spell

OPTION = "list_select_related"
_LIST = "get_changelist_instance"
_ANCHORS = ("list_display", "model")


def is_admin(source: Source, place: Place) -> bool:
    """Whether the class of a place is an admin's."""
    names = bases(class_at(source, place))
    return any(name.endswith(("Admin", "Inline")) for name in names)


@dataclass(frozen=True)
class AdminTarget:
    """A `ModelAdmin` in whose change list rows are fetched.

    ``names`` are those of its option, None where it cannot be written; ``chain`` is the queryset
    in its `get_changelist_instance()`, if it has one. ``implied`` are the keys in `list_display`
    that Django 6.1 joins by name while the option says nothing, and only then.
    """

    source: Source
    node: cst.ClassDef
    names: tuple[str, ...] | None
    chain: Chain | None = None
    implied: tuple[str, ...] = ()
    one_row: bool = False

    @property
    def key(self) -> int:
        return self.source.span(self.node.name)[1]

    @property
    def stated(self) -> Stated:
        here = Stated(joined=frozenset(self.names or ()))
        return here | self.chain.stated if self.chain is not None else here

    @property
    def forward_joins_only(self) -> bool:
        return True

    @property
    def joins(self) -> bool:
        return self.names is not None

    def says(self, lookups: tuple[Lookup, ...]) -> str:
        joined = [one.path for one in lookups if one.method == "select_related"]
        calls = spell(one for one in lookups if one.method != "select_related")
        option = f"{OPTION}: {', '.join(joined)}" if joined else ""
        return "; ".join(filter(None, (option, calls and f"the change list: {calls}")))

    def edits(self, lookups: tuple[Lookup, ...], limit: int) -> list[Edit]:
        joined = tuple(one for one in lookups if one.method == "select_related")
        fetched = tuple(one for one in lookups if one.method != "select_related")
        edits = self._option(joined) if joined else []
        if fetched and self.chain is not None:
            return edits + chain_edits(self.chain, fetched, limit)
        return edits + (self._method(fetched, limit) if fetched else [])

    def _option(self, lookups: tuple[Lookup, ...]) -> list[Edit]:
        paths = [lookup.path for lookup in lookups]
        kept = [
            one for one in self.implied if not any(f"{p}__".startswith(f"{one}__") for p in paths)
        ]
        names = [*(self.names or kept), *paths]
        statement = assigned(self.node, OPTION)
        if statement is not None and statement.value is not None:
            return self.naming(names)
        anchor = next(filter(None, (assigned(self.node, name) for name in _ANCHORS)), None)
        if anchor is not None:
            at, begin = after_line(self.source, anchor)
            return [Edit(at, at, f"{begin}{OPTION} = {self._tuple(names)}")]
        at, begin = before_first(self.source, self.node)
        return [Edit(at, at, f"{begin}{OPTION} = {self._tuple(names)}{self.source.newline}")]

    def naming(self, names: Sequence[str]) -> list[Edit]:
        """The edit that makes the option, which is written out, name these and no others."""
        statement = assigned(self.node, OPTION)
        assert statement is not None and statement.value is not None
        return [Edit(*_whole(self.source, statement.value), self._tuple(names))]

    def _tuple(self, names: Sequence[str]) -> str:
        texts = [literal(self.source, name) for name in names]
        return f"({', '.join(texts)}{',' if len(texts) == 1 else ''})"

    def _method(self, lookups: tuple[Lookup, ...], limit: int) -> list[Edit]:
        calls = calls_of(lookups, self.source.quote)
        lines = [
            f"changelist = super().{_LIST}(request)",
            "rows = changelist.result_list",
            *_statement("changelist.result_list = ", "rows", calls, limit - 2 * _INDENT),
            "return changelist",
        ]
        return [append_method(self.source, self.node, f"def {_LIST}(self, request):", lines)]


@dataclass(frozen=True)
class InlineTarget:
    """An inline, and the queryset of its rows."""

    source: Source
    node: cst.ClassDef
    stated: Stated = Stated()
    one_row: bool = False
    forward_joins_only: bool = False
    joins: bool = True

    @property
    def key(self) -> int:
        return self.source.span(self.node.name)[1]

    def says(self, lookups: tuple[Lookup, ...]) -> str:
        return f"get_queryset(): {spell(lookups)}"

    def edits(self, lookups: tuple[Lookup, ...], limit: int) -> list[Edit]:
        calls = calls_of(lookups, self.source.quote)
        head = "super().get_queryset(request)"
        lines = _statement("return ", head, calls, limit - 2 * _INDENT)
        return [append_method(self.source, self.node, "def get_queryset(self, request):", lines)]


_INDENT = 4


def _statement(begin: str, head: str, calls: list[Call], room: int) -> list[str]:
    """A statement of what begins it and of calls on a queryset: a line, or the calls opened."""
    line = begin + head + "".join(f".{call}" for call in calls)
    if len(line) <= room:
        return [line]
    if len(calls) > 1:
        return [f"{begin}(", f"    {head}", *(f"    .{call}" for call in calls), ")"]
    (call,) = calls
    inside = ", ".join(call.arguments)
    if _INDENT + len(inside) <= room:
        return [f"{begin}{head}.{call.name}(", f"    {inside}", ")"]
    return [f"{begin}{head}.{call.name}(", *(f"    {one}," for one in call.arguments), ")"]


def admin_target(
    source: Source, place: Place, finding: Finding, believe: Believe
) -> AdminTarget | InlineTarget:
    """The admin of a place.

    Raises:
        Refused: it is not its list that the rows are in, or it says so in a way of its own.
    """
    node = class_at(source, place)
    _check_model(source, node, place, finding)
    if any(name.endswith("Inline") for name in bases(node)):
        if has_method(node, "get_queryset"):
            raise Refused(
                f"{place.qualname}.get_queryset() does not show its queryset; add it there by hand"
            )
        return InlineTarget(source, node)
    if finding.queryset.get("get"):
        raise Refused(f"{place.qualname} loads a single object; override get_object() by hand")
    joined = finding.queryset.get("select_related")
    implied = tuple(map(str, joined)) if isinstance(joined, (list, tuple)) else ()
    chain = _list_chain(source, node, believe)
    return AdminTarget(source, node, _option_names(node), chain, implied)


def _check_model(source: Source, node: cst.ClassDef, place: Place, finding: Finding) -> None:
    """Raise Refused where the rows are not the admin's own but some that it offers to choose."""
    models = registered_models(source, node)
    model = finding.model.rpartition(".")[2]
    if models and model and model not in models:
        raise Refused(
            f"the rows are not {place.qualname}'s own but what a filter or a field of it offers "
            f"to choose from; give {model} a default manager that loads it, or a __str__ that "
            "needs nothing else, by hand"
        )


def _option_names(node: cst.ClassDef) -> tuple[str, ...] | None:
    """What the option names; None where no name can be added to it."""
    if has_method(node, f"get_{OPTION}"):
        return None
    statement = assigned(node, OPTION)
    if statement is None or statement.value is None:
        return ()
    value = statement.value
    if isinstance(value, cst.Name) and value.value == "False":
        return ()
    if not isinstance(value, (cst.Tuple, cst.List)):
        return None
    names = tuple(_stated.text(element.value) for element in value.elements)
    return names if all(names) else None


def _list_chain(source: Source, node: cst.ClassDef, believe: Believe) -> Chain | None:
    """The queryset that `get_changelist_instance()` puts into the list."""
    function = method(node, _LIST)
    if function is None:
        return None
    inside = (one for one in source.nodes(cst.Assign) if source.is_below(one, function))
    for statement in inside:
        target = statement.targets[-1].target
        if isinstance(target, cst.Attribute) and target.attr.value == "result_list":
            call: cst.BaseExpression = statement.value
            while isinstance(call, cst.Call) and isinstance(call.func, cst.Attribute):
                if not isinstance(call.func.value, cst.Call):
                    return chain_at(source, call, believe)
                call = call.func.value
    raise Refused(f"{_LIST}() of {node.name.value} does not show its rows; prefetch there by hand")


def _whole(source: Source, value: cst.BaseExpression) -> tuple[int, int]:
    """A value with its parentheses, which the tree counts apart for tuples."""
    start, end = source.span(value)
    for _ in value.lpar if isinstance(value, (cst.Tuple, cst.List)) else ():
        start = source.text.rindex("(", 0, start)
        end = source.text.index(")", end) + 1
    return start, end
