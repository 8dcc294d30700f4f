"""A loop over a list of keys, each of which is looked up by `get()`."""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst

from hotclub.doctor.finding import Place
from hotclub.fix import _methods as methods
from hotclub.fix._chain import called_on, method_of, shorten
from hotclub.fix._key_body import check_body
from hotclub.fix._key_list import keys_of
from hotclub.fix._key_tried import check_tried
from hotclub.fix._locate import locate
from hotclub.fix._source import Source
from hotclub.fix.model import Refused

_AROUND = (cst.Arg, cst.Assign, cst.Attribute, cst.Call, cst.Expr)


@dataclass(frozen=True)
class Loop:
    """``for key in keys: … receiver.get(pk=key)``, as source; ``line`` is the statement that looks
    up, ``tried`` the ``try`` around it alone, ``model`` what the receiver begins with."""

    node: cst.For
    line: cst.SimpleStatementLine
    tried: cst.Try | None
    call: cst.Call
    receiver: str
    model: cst.BaseExpression | None
    key: str
    keys: str
    asked: bool
    """Whether the keys may be others than those that `values_list()` read from the database."""


def loop_of(source: Source, place: Place, keys: tuple[str, ...], advice: str) -> Loop:
    """The loop around a lookup by one of these columns.

    Raises:
        Refused: what is there is not that plain, or means something else before the loop.
    """
    call = _get(source, locate(source, place), keys, advice)
    key = call.args[0].value
    assert isinstance(key, cst.Name) and isinstance(call.func, cst.Attribute)
    line, tried, node = _around(source, call, key.value, advice)
    check_body(source, node, call, advice)
    return Loop(
        node, line, tried, call, source.text_of(call.func.value), _model(call.func.value),
        key.value, *keys_of(source, node, advice),
    )  # fmt: skip


def _get(source: Source, node: cst.CSTNode, keys: tuple[str, ...], advice: str) -> cst.Call:
    calls = [node, *(link.call for link in called_on(source, node))]
    for call in calls:
        if isinstance(call, cst.Call) and method_of(call) == "get":
            arg = call.args[0] if len(call.args) == 1 else None
            named = arg is not None and arg.keyword is not None and arg.keyword.value in keys
            if arg is not None and named and isinstance(arg.value, cst.Name):
                return call
    raise Refused(f"{shorten(source.text_of(node))} is no lookup by a variable's key; {advice}")


def _around(
    source: Source, call: cst.Call, key: str, advice: str
) -> tuple[cst.SimpleStatementLine, cst.Try | None, cst.For]:
    """The statement of a lookup, the ``try`` around it alone, and the loop that does nothing with
    a key before."""
    line = _statement(source, call, advice)
    block, above = _outward(source, line)
    tried = above if isinstance(above, cst.Try) and above.body is block else None
    if tried is not None and block is not None and len(block.body) == 1:
        check_tried(source, line, call, advice)
        block, above = _outward(source, tried)
    if not isinstance(above, cst.For) or above.body is not block or above.asynchronous:
        raise Refused(f"not every key of a loop is looked up there, or not plainly; {advice}")
    if not isinstance(above.target, cst.Name) or above.target.value != key:
        raise Refused(f"the loop around it does not go over keys; {advice}")
    return line, tried, above


def _statement(source: Source, call: cst.Call, advice: str) -> cst.SimpleStatementLine:
    """The statement of a lookup, which does nothing before it."""
    node: cst.CSTNode | None = source.parent(call)
    while isinstance(node, _AROUND) and not (isinstance(node, cst.Call) and len(node.args) > 1):
        node = source.parent(node)
    if isinstance(node, (cst.ListComp, cst.SetComp, cst.GeneratorExp, cst.DictComp)):
        raise Refused(f"a comprehension cannot raise DoesNotExist for a missing row; {advice}")
    if not isinstance(node, cst.SimpleStatementLine) or len(node.body) != 1:
        raise Refused(f"what is done with the row is not plain to see; {advice}")
    return node


def _outward(
    source: Source, node: cst.CSTNode
) -> tuple[cst.IndentedBlock | None, cst.CSTNode | None]:
    """The block that a statement stands in, and what has that block."""
    block = source.parent(node)
    if not isinstance(block, cst.IndentedBlock):
        return None, None
    return block, source.parent(block)


def _model(receiver: cst.BaseExpression) -> cst.BaseExpression | None:
    """`Book` of `Book.objects.filter(…)`."""
    node = receiver
    while isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute):
        node = node.func.value
    manager = isinstance(node, cst.Attribute) and node.attr.value in methods.MANAGERS
    return node.value if manager and isinstance(node, cst.Attribute) else None
