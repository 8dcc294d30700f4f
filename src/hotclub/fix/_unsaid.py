"""Eager loading taken out of the calls and the option that ask for it.

rows.select_related("supplier", "category")     rows.select_related("category")
rows.prefetch_related("reviews__author")        rows.prefetch_related("reviews")
Product.objects.select_related("supplier")      Product.objects.all()
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

import libcst as cst

from hotclub.fix import _methods as methods
from hotclub.fix._admin import AdminTarget
from hotclub.fix._chain import called_on, method_of
from hotclub.fix._edit import literal
from hotclub.fix._listed import without
from hotclub.fix._source import Source
from hotclub.fix._stated import lookup, own_queryset
from hotclub.fix.model import Edit

EAGER = ("select_related", "prefetch_related")
_KNOWN = (methods.QUERYSET | methods.INSTANCES) - {"_chain", "_clone"}
"""What a manager has as well."""


class Asked(Protocol):
    """A place where eager loading is asked for by name."""

    @property
    def source(self) -> Source:
        """The file that it is in."""

    @property
    def key(self) -> int:
        """Equal for those that are one place in their file."""

    @property
    def lookups(self) -> Sequence[str]:
        """What is asked for; empty strings for what cannot be read."""

    @property
    def chosen(self) -> Sequence[str]:
        """What is asked for with a queryset of its own, which says which rows there are."""

    def without(self, gone: Collection[str]) -> list[Edit]:
        """The edits after which nothing asks for these paths, nor for what lies behind them."""


@dataclass(frozen=True)
class Calls:
    """The calls of one queryset expression, innermost first."""

    source: Source
    calls: tuple[cst.Call, ...]

    @property
    def key(self) -> int:
        return self.source.span(self.calls[0])[1]

    @property
    def lookups(self) -> Sequence[str]:
        return [lookup(arg.value) for call in self.calls for arg in call.args]

    @property
    def chosen(self) -> Sequence[str]:
        found = (own_queryset(arg.value) for call in self.calls for arg in call.args)
        return [one for one in found if one]

    def without(self, gone: Collection[str]) -> list[Edit]:
        left = {call: shortened([lookup(arg.value) for arg in call.args], gone)
                for call in self.calls if call.args}  # fmt: skip
        empty = [call for call, names in left.items() if not any(n is not None for n in names)]
        edits = [self._removed(call, empty) for call in empty]
        for call, names in left.items():
            edits += [] if call in empty else self._lessened(call, names)
        return edits

    def _lessened(self, call: cst.Call, names: Sequence[str | None]) -> list[Edit]:
        """A call that keeps some of its arguments."""
        out = [number for number, name in enumerate(names) if name is None]
        edits = without(self.source, call.args, out) if out else []
        for arg, name in zip(call.args, names, strict=True):
            if name and name != lookup(arg.value):
                edits.append(Edit(*self.source.span(arg.value), literal(self.source, name)))
        return edits

    def _removed(self, call: cst.Call, empty: Collection[cst.Call]) -> Edit:
        """A call that is taken out; where a manager would be left, it is asked for all."""
        assert isinstance(call.func, cst.Attribute)
        following = next(called_on(self.source, call), None)
        below: cst.BaseExpression = call
        while below in empty and isinstance(below, cst.Call):
            assert isinstance(below.func, cst.Attribute)
            below = below.func.value
        queryset = isinstance(below, cst.Call) and method_of(below) != "db_manager"
        goes_on = following is not None and (following.call in empty or following.name in _KNOWN)
        start = self._begin(call.func)
        return Edit(start, self.source.span(call)[1], "" if queryset or goes_on else ".all()")

    def _begin(self, node: cst.Attribute) -> int:
        """Where what is called begins: with the white space before its dot, but for comments."""
        dot = self.source.span(node.dot)[0]
        between = self.source.text[self.source.span(node.value)[1] : dot]
        return dot if "#" in between else dot - len(between) + len(between.rstrip())


@dataclass(frozen=True)
class Option:
    """The option of an admin that names what its list joins."""

    target: AdminTarget

    @property
    def source(self) -> Source:
        return self.target.source

    @property
    def key(self) -> int:
        return self.target.key

    @property
    def lookups(self) -> Sequence[str]:
        return self.target.names or ()

    @property
    def chosen(self) -> Sequence[str]:
        return ()

    def without(self, gone: Collection[str]) -> list[Edit]:
        return self.target.naming([name for name in shortened(self.lookups, gone) if name])


def shortened(lookups: Sequence[str], gone: Collection[str]) -> list[str | None]:
    """What is left of each lookup without what lies at or behind a path that is gone; None where
    nothing is left, or nothing that another one does not ask for."""
    left = [_begin(one, gone) for one in lookups]
    found: list[str | None] = []
    asked = [was for was, now in zip(lookups, left, strict=True) if was == now]
    for was, now in zip(lookups, left, strict=True):
        implied = not now or any(f"{other}__".startswith(f"{now}__") for other in asked)
        found.append(now if was == now or not implied else None)
        asked += [now] if now else []
    return found


def _begin(path: str, gone: Collection[str]) -> str:
    """The part of a path before the first relation that is gone."""
    names = path.split("__")
    for number in range(1, len(names) + 1):
        if "__".join(names[:number]) in gone:
            return "__".join(names[: number - 1])
    return path
