"""What a loop does with the rows that it looks up: nothing that a later lookup may have to see.

A method of a row may write others (a tree moves its pages), and so may whatever is handed the row.
So only what plainly reads is called on it and on what it leads to, or is given it.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from hotclub.fix import _methods as methods
from hotclub.fix._chain import called_name, method_of, shorten
from hotclub.fix._source import Source
from hotclub.fix._variables import binds, inside, mentions, origin, root, variables
from hotclub.fix.model import Refused

_WRITING = frozenset({
    "add", "bulk_create", "bulk_update", "clear", "create", "delattr", "delete", "get_or_create",
    "refresh_from_db", "remove", "save", "set", "setattr", "update", "update_or_create",
})  # fmt: skip
_READING = methods.QUERYSET | {
    "aggregate", "append", "capitalize", "casefold", "count", "date", "encode", "endswith",
    "exists", "extend", "find", "first", "format", "get", "index", "insert", "isoformat", "items",
    "iterator", "join", "keys", "last", "lower", "lstrip", "quantize", "replace", "rstrip", "sort",
    "split", "splitlines", "startswith", "strftime", "strip", "time", "timestamp", "title",
    "total_seconds", "upper", "values", "values_list",
}  # fmt: skip
"""Methods of what a row leads to: of querysets, texts, dates and lists."""
_TAKING = frozenset({
    "append", "bool", "escape", "extend", "force_str", "format", "format_html", "hash", "id",
    "insert", "isinstance", "join", "len", "list", "model_to_dict", "print", "repr", "set", "str",
    "tuple", "type", "write", "writerow",
})  # fmt: skip
"""What may be given a row."""
_KEEPING = frozenset({"append", "extend", "insert"})
_COMPUTED = (cst.BinaryOperation, cst.Comparison, cst.FormattedString, cst.UnaryOperation)
_BINDING = (cst.AnnAssign, cst.Assign, cst.CompFor, cst.For, cst.NamedExpr, cst.WithItem)


def check_body(source: Source, loop: cst.For, call: cst.Call, advice: str) -> None:
    """Raise Refused where the loop writes, or may, or looks somewhere else each time."""
    rows = _Rows(source, loop, call)
    for changing in (_writes(source, loop), rows.calls(), rows.handed()):
        node = next(changing, None)
        if node is not None:
            text = shorten(source.text_of(node))
            raise Refused(
                f"a later lookup may have to see what «{text}» in the loop changes; {advice}"
            )
    assert isinstance(call.func, cst.Attribute)
    for name in variables(source, call.func.value):
        if any(origin(source, one) for one in mentions(source, loop, name.value)):
            raise Refused(f"{name.value} is another one in each round of the loop; {advice}")


def _writes(source: Source, loop: cst.For) -> Iterator[cst.CSTNode]:
    """What writes by its name, and what lets somebody else run between two lookups."""
    for call in inside(source, cst.Call, loop):
        if called_name(call) in _WRITING and (method_of(call) or called_name(call) != "set"):
            yield call
    for target in (*inside(source, cst.Attribute, loop), *inside(source, cst.Subscript, loop)):
        if binds(source, target):
            yield target
    yield from inside(source, cst.Yield, loop)


class _Rows:
    """The rows that a call looks up: ``own`` are the variables that hold one, ``led`` also those
    that hold what it leads to."""

    def __init__(self, source: Source, loop: cst.For, call: cst.Call) -> None:
        self._source, self._loop, self._call = source, loop, call
        self._own: set[str] = set()
        self._led: set[str] = set()
        before = -1
        while before < len(self._own) + len(self._led):
            before = len(self._own) + len(self._led)
            self._follow()

    def calls(self) -> Iterator[cst.Call]:
        """The calls of methods that may write."""
        for call in inside(self._source, cst.Call, self._loop):
            if not isinstance(call.func, cst.Attribute):
                continue
            on, name = call.func.value, call.func.attr.value
            shown = name.startswith("get_") and name.endswith("_display")
            read = shown or (name in _READING and not self._holds(on))
            if self._begins(on) and not read:
                yield call

    def handed(self) -> Iterator[cst.Call]:
        """The calls that are given a row, and may do with it what they want."""
        for arg in inside(self._source, cst.Arg, self._loop):
            call = self._source.parent(arg)
            given = isinstance(call, cst.Call) and self._holds(arg.value)
            if given and isinstance(call, cst.Call) and called_name(call) not in _TAKING:
                yield call

    def _follow(self) -> None:
        for kind in _BINDING:
            for node in inside(self._source, kind, self._loop):
                for name, value in _bound(self._source, node):
                    self._own |= {name} if self._holds(value) else set()
                    self._led |= {name} if self._leads(value) else set()
        for call in inside(self._source, cst.Call, self._loop):
            keeping = method_of(call) in _KEEPING and any(self._holds(a.value) for a in call.args)
            keeper = root(call) if keeping else None
            self._led |= {keeper.value} if keeper is not None else set()

    def _holds(self, value: cst.CSTNode) -> bool:
        """Whether an expression is a row, or something made of brackets around one."""
        if isinstance(value, cst.Name):
            return value.value in self._own
        brackets = (cst.Dict, cst.IfExp, cst.List, cst.Set, cst.Tuple, cst.BaseElement)
        parts = (*brackets, cst.BaseDictElement, cst.BooleanOperation)
        return value is self._call or (
            isinstance(value, parts) and any(self._holds(one) for one in value.children)
        )

    def _leads(self, value: cst.BaseExpression) -> bool:
        """Whether an expression may be a row, or what one leads to."""
        if isinstance(value, _COMPUTED):
            return False
        known = self._own | self._led
        below = value is self._call or self._source.is_below(self._call, value)
        return below or any(one.value in known for one in variables(self._source, value))

    def _begins(self, node: cst.BaseExpression) -> bool:
        """Whether a chain begins with a row, or with what one leads to."""
        while node is not self._call and isinstance(node, (cst.Attribute, cst.Call, cst.Subscript)):
            node = node.func if isinstance(node, cst.Call) else node.value
        known = self._own | self._led
        return node is self._call or (isinstance(node, cst.Name) and node.value in known)


def _bound(source: Source, node: cst.CSTNode) -> Iterator[tuple[str, cst.BaseExpression]]:
    """The variables that a statement binds, each with what it is given, or a part of that."""
    value = getattr(node, "iter", None) or getattr(node, "item", None)
    value = value or getattr(node, "value", None)
    targets = node.targets if isinstance(node, cst.Assign) else (node,)
    for target in targets:
        bound = getattr(target, "asname", target)
        bound = getattr(bound, "name", None) or getattr(bound, "target", None)
        if isinstance(bound, cst.BaseExpression) and isinstance(value, cst.BaseExpression):
            for name in variables(source, bound):
                yield name.value, value
