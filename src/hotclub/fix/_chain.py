"""The queryset expression around a recorded node: where it begins, where its queryset ends.

    Product.objects.filter(x) .order_by("y") [:20]
    └────── the node ───────┘              ↑ the queryset's end: calls are added here

Methods that are not Django's are believed to return a queryset when a queryset's method follows,
or when every function of that name in the project is seen to return one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import libcst as cst

from hotclub.fix import _methods as methods
from hotclub.fix import _stated
from hotclub.fix._constructed import constructs
from hotclub.fix._source import Source
from hotclub.fix.model import Refused

Believe = Callable[[str], bool]
"""Whether the project's function of this name returns a queryset."""


@dataclass(frozen=True)
class Link:
    """One method call of a chain."""

    name: str
    call: cst.Call


@dataclass(frozen=True)
class Chain:
    """A queryset expression.

    ``end`` is the expression that is the queryset, ``links`` all method calls from the innermost
    to the outermost one, ``manager`` what must be written after ``end`` before a queryset's
    method can be called on it (``.objects`` after a model).
    """

    source: Source
    end: cst.BaseExpression
    links: tuple[Link, ...]
    manager: str = ""
    one_row: bool = False

    @property
    def key(self) -> int:
        """The same for all chains with the same queryset."""
        return self.source.span(self.end)[1]

    @property
    def inner(self) -> tuple[Link, ...]:
        """The links up to the queryset's end."""
        return tuple(link for link in self.links if self.source.span(link.call)[1] <= self.key)

    @property
    def stated(self) -> _stated.Stated:
        return _stated.of_calls((link.name, link.call) for link in self.links)


def chain_at(source: Source, node: cst.CSTNode, believe: Believe, *, sure: bool = False) -> Chain:
    """The chain around a node that made a queryset.

    ``sure`` says that the node's value is known to be a queryset, whatever it looks like.

    Raises:
        Refused: it is no queryset expression, or one that nothing can be loaded into.
    """
    below, above = list(_below(node))[::-1], list(called_on(source, node))
    links = below + above
    end = _queryset_end(source, node, sure, believe, (below[-1:], above))
    _check_use(source, end)
    last = next((link for link in links if source.span(link.call)[1] > source.span(end)[1]), None)
    return Chain(source, end, tuple(links), one_row=bool(last and last.name in methods.ONE_ROW))


def _queryset_end(
    source: Source,
    node: cst.CSTNode,
    sure: bool,
    believe: Believe,
    sides: tuple[list[Link], list[Link]],
) -> cst.BaseExpression:
    own, above = sides
    sure = sure or constructs(node) or (not own and believe(called_name(node)))
    end = node if sure else None
    rest = above if sure else own + above
    for number, link in enumerate(rest):
        reason = methods.refusal(link.name)
        if reason:
            raise Refused(reason)
        if link.name in methods.INSTANCES:
            break
        following = rest[number + 1].name if number + 1 < len(rest) else ""
        known = link.name in methods.QUERYSET or following in methods.CERTAIN
        if not known and not believe(link.name):
            break
        end = link.call
    if isinstance(end, cst.BaseExpression):
        return end
    return _receiver(source, node)


def _check_use(source: Source, end: cst.CSTNode) -> None:
    """Raise Refused where the queryset is a part of a combination: its columns must stay."""
    node, above = end, source.parent(end)
    while isinstance(above, (cst.Attribute, cst.Call)) and node in (
        getattr(above, "value", None),
        getattr(above, "func", None),
    ):
        node, above = above, source.parent(above)
    if isinstance(above, cst.Arg):
        name = method_of(source.parent(above))
        if name in methods.COMBINED:
            raise Refused(methods.refusal(name))


def _receiver(source: Source, node: cst.CSTNode) -> cst.BaseExpression:
    """What `get()` and its like are called on, when that is plainly a manager."""
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute):
        manager = node.func.value
        if node.func.attr.value in methods.INSTANCES and _is_manager(manager):
            return manager
    raise Refused(
        f"cannot tell whether {shorten(source.text_of(node))} is a queryset expression; "
        "add the call by hand where its queryset is made"
    )


def _is_manager(value: cst.BaseExpression) -> bool:
    if not isinstance(value, cst.Attribute):
        return False
    name = value.attr.value
    return name in methods.MANAGERS or name.endswith("_set") or is_class(value.value)


def is_class(value: cst.BaseExpression) -> bool:
    """Whether this is written like a class: `Product`, `models.Product`."""
    name = value.attr if isinstance(value, cst.Attribute) else value
    return (
        isinstance(name, cst.Name)
        and name.value.lstrip("_")[:1].isupper()
        and (not name.value.isupper())
    )


def method_of(node: cst.CSTNode | None) -> str:
    """The name of the method that a call calls, else nothing."""
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute):
        return node.func.attr.value
    return ""


def called_name(node: cst.CSTNode) -> str:
    """The last name of what a call calls, or of an attribute."""
    name = node.func if isinstance(node, cst.Call) else node
    if isinstance(name, cst.Attribute):
        return name.attr.value
    return name.value if isinstance(name, cst.Name) else ""


def calls_below(node: cst.CSTNode) -> list[str]:
    """The names of the methods that an expression calls, one on what another gave back."""
    return [link.name for link in _below(node)]


def _below(node: cst.CSTNode) -> Iterator[Link]:
    while isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute):
        yield Link(node.func.attr.value, node)
        node = node.func.value


def called_on(source: Source, node: cst.CSTNode) -> Iterator[Link]:
    """The method calls on a value, the innermost first."""
    while True:
        attribute = source.parent(node)
        call = source.parent(attribute) if attribute else None
        if not isinstance(attribute, cst.Attribute) or attribute.value is not node:
            return
        if not isinstance(call, cst.Call) or call.func is not attribute:
            return
        yield Link(attribute.attr.value, call)
        node = call


def shorten(text: str, limit: int = 60) -> str:
    """Source text on one line, cut where it gets long."""
    text = " ".join(text.split())
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
