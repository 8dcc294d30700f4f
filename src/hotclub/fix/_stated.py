"""What a queryset expression already says about eager loading."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import libcst as cst
from libcst.helpers import get_full_name_for_node


@dataclass(frozen=True)
class Stated:
    """The lookups that are already there, as far as they can be read.

    ``joins_all`` is a bare ``select_related()``, ``joins_none`` a ``select_related(None)``;
    ``to_attrs`` maps each ``to_attr`` to its lookup, ``custom`` holds lookups with a queryset of
    their own. ``only`` says that an ``only()`` is there that names plain columns.
    """

    joined: frozenset[str] = frozenset()
    prefetched: frozenset[str] = frozenset()
    joins_all: bool = False
    joins_none: bool = False
    to_attrs: Mapping[str, str] = field(default_factory=dict)
    custom: frozenset[str] = frozenset()
    only: bool = False

    def covers(self, path: str) -> bool:
        """Whether the path is loaded already, by itself or on the way to a longer one."""
        loaded = self.joined | self.prefetched - set(self.to_attrs.values())
        return any(path == one or one.startswith(f"{path}__") for one in loaded)

    def __or__(self, other: Stated) -> Stated:
        return Stated(
            self.joined | other.joined,
            self.prefetched | other.prefetched,
            self.joins_all or other.joins_all,
            self.joins_none or other.joins_none,
            {**self.to_attrs, **other.to_attrs},
            self.custom | other.custom,
            self.only or other.only,
        )


def of_calls(calls: Iterable[tuple[str, cst.Call]]) -> Stated:
    """What a chain's calls say, given as (method, call) in the order they are made."""
    stated = Stated()
    for name, call in calls:
        if name == "select_related":
            stated = _select(stated, call)
        elif name == "prefetch_related":
            for arg in call.args:
                stated |= _prefetch(arg.value)
        elif name == "only" and call.args and all(text(arg.value) for arg in call.args):
            stated |= Stated(only=True)
    return stated


def of_facts(queryset: Mapping[str, Any]) -> Stated:
    """What the recorded queryset said when it was evaluated."""
    joined = queryset.get("select_related") or ()
    stated = Stated(
        joined=frozenset() if joined is True else frozenset(map(str, joined)),
        joins_all=joined is True,
    )
    for one in queryset.get("prefetch_related") or ():
        stated |= _recorded(one)
    return stated


def _recorded(one: Any) -> Stated:
    if not isinstance(one, Mapping):
        return Stated(prefetched=frozenset({str(one)}))
    lookup = str(one.get("lookup") or one.get("through") or "")
    return Stated(
        prefetched=frozenset({lookup}),
        to_attrs={str(one["to_attr"]): lookup} if one.get("to_attr") else {},
        custom=frozenset({lookup}) if one.get("queryset") else frozenset(),
    )


def _select(stated: Stated, call: cst.Call) -> Stated:
    if not call.args:
        return stated | Stated(joins_all=True)
    if is_none(call):  # forgets what was said before it
        return replace(stated, joined=frozenset(), joins_all=False, joins_none=True)
    return stated | Stated(joined=frozenset(filter(None, (text(a.value) for a in call.args))))


def _prefetch(value: cst.BaseExpression) -> Stated:
    plain = text(value)
    if plain:
        return Stated(prefetched=frozenset({plain}))
    if not isinstance(value, cst.Call):
        return Stated()
    if (get_full_name_for_node(value.func) or "").rpartition(".")[2] not in (
        "Prefetch",
        "GenericPrefetch",
    ):
        return Stated()
    named = {arg.keyword.value: arg.value for arg in value.args if arg.keyword}
    unnamed = [arg.value for arg in value.args if not arg.keyword and not arg.star]
    named.update(zip(("lookup", "queryset", "to_attr"), unnamed, strict=False))
    lookup = text(named["lookup"]) if "lookup" in named else ""
    to_attr = text(named["to_attr"]) if "to_attr" in named else ""
    return Stated(
        prefetched=frozenset({lookup}),
        to_attrs={to_attr: lookup} if to_attr else {},
        custom=frozenset({lookup}) if {"queryset", "querysets"} & set(named) else frozenset(),
    )


def lookup(value: cst.BaseExpression) -> str:
    """What an argument asks for, as a string or by a ``Prefetch`` without a ``to_attr`` and a
    queryset; nothing where that cannot be read."""
    stated = _prefetch(value)
    return "" if stated.to_attrs or stated.custom else next(iter(stated.prefetched), "")


def own_queryset(value: cst.BaseExpression) -> str:
    """What an argument asks for by a ``Prefetch`` with a queryset of its own, else nothing."""
    return next(iter(_prefetch(value).custom), "")


def is_none(call: cst.Call) -> bool:
    """Whether this is ``.method(None)``, which takes back what was asked for."""
    return (
        len(call.args) == 1
        and isinstance(call.args[0].value, cst.Name)
        and (call.args[0].value.value == "None")
    )


def text(value: cst.BaseExpression) -> str:
    """The value of a plain string literal, else nothing."""
    if isinstance(value, (cst.SimpleString, cst.ConcatenatedString)):
        literal = value.evaluated_value
        return literal if isinstance(literal, str) else ""
    return ""
