"""What a queryset sorts by, as keys of which no two rows share all.

Django says an order in five ways (``order_by`` of names and of expressions, ``Meta.ordering``, that
of a related model, ``reverse()``); here they become one list of keys, each with its direction, the
place of its NULLs and whether it has any. If it does not tell rows apart, the primary key completes
it, in the direction of the last key, so that one index read in one direction can serve.

Some querysets have no such order: those that hold a row several times, that are combined, cut or
random. :class:`Unseekable` says why.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import connections
from django.db.models import F, QuerySet
from django.db.models.expressions import OrderBy

from hotclub.pagination._joins import multiplied

_ADDRESS = re.compile(r" at 0x[0-9a-f]+")


class Unseekable(Exception):
    """Why a list has only numbered pages."""


@dataclass(frozen=True)
class Key:
    """One thing that rows are sorted by; ``expression`` is as one writes it, not resolved."""

    expression: Any
    descending: bool
    nulls_first: bool
    """Where NULLs are in this direction."""
    nullable: bool
    explicit: bool = False
    """The place of NULLs was asked for; else it is the database's own."""
    annotation: str = ""
    """The annotation that it is, by name."""
    apart: bool = False
    """Not to be compared as a part of a row: SQLite finds no row by an index on its rowid."""

    def reversed(self) -> Key:
        """The same key read the other way."""
        return replace(self, descending=not self.descending, nulls_first=not self.nulls_first)

    def order(self) -> Any:
        """For ``order_by``."""
        if self.annotation and not self.explicit:
            return f"-{self.annotation}" if self.descending else self.annotation
        where = {}
        if self.explicit:
            where["nulls_first" if self.nulls_first else "nulls_last"] = True
        return OrderBy(self.expression, descending=self.descending, **where)


def order_of(queryset: Any) -> tuple[Key, ...]:
    """The keys of a queryset's order, completed; raises :class:`Unseekable`."""
    if not isinstance(queryset, QuerySet):
        raise Unseekable("it is not a queryset")
    _check(queryset)
    query = queryset.query
    nulls_are_low = connections[queryset.db].features.order_by_nulls_first
    apart = connections[queryset.db].vendor == "sqlite"
    keys = []
    for item in _items(query, _declared(query), query.get_meta()):
        expression = item.expression
        name = _name(expression)
        if name in query.extra:
            raise Unseekable(f"it is sorted by {name} of extra()")
        descending = item.descending is query.standard_ordering
        first, last = (item.nulls_first, item.nulls_last)[:: 1 if query.standard_ordering else -1]
        default = nulls_are_low is not descending
        keys.append(
            Key(
                expression,
                descending,
                bool(first) if first or last else default,
                _nullable(query, name, expression),
                explicit=bool(first or last),
                annotation=name if name in query.annotations else "",
            )
        )
    whole = _complete(query, keys, nulls_are_low)
    own = _primary_key(query.get_meta())
    return tuple(replace(key, apart=apart and _name(key.expression) in own) for key in whole)


def fingerprint(model: Any, keys: Iterable[Key], kinds: Iterable[str]) -> bytes:
    """Six bytes that are the same in every process and release, until the order is another."""
    said = [model._meta.label]
    for key, kind in zip(keys, kinds, strict=True):
        text = _ADDRESS.sub("", repr(key.expression))
        said.append(f"{text} {key.descending:d}{key.nulls_first:d} {kind}")
    return hashlib.sha256("\n".join(said).encode("utf-8", "replace")).digest()[:6]


def _check(queryset: Any) -> None:
    query = queryset.query
    if query.combinator:
        raise Unseekable(f"it is the {query.combinator} of several querysets")
    if query.is_sliced:
        raise Unseekable("it is a slice already")
    if query.distinct_fields:
        raise Unseekable("distinct() names fields")
    if query.extra_order_by or query.extra_tables:
        raise Unseekable("extra() sorts it or adds tables")
    grouped = query.group_by is not None
    if queryset._fields is not None and (query.distinct or grouped):
        raise Unseekable("values() of it are distinct or grouped, so that no key tells rows apart")
    if not query.distinct and not grouped and multiplied(query):
        raise Unseekable(
            "it is joined to a relation with several rows for each of its own, which it holds "
            "several times; add distinct()"
        )
    if query.get_meta().pk is None:
        raise Unseekable("its model has no primary key")


def _declared(query: Any) -> Iterable[Any]:
    """The ordering as it was declared; what Django ignores is not in it."""
    if query.order_by or not query.default_ordering:
        return tuple(query.order_by)
    return () if query.group_by is not None else tuple(query.get_meta().ordering or ())


def _items(
    query: Any, ordering: Iterable[Any], options: Any, prefix: str = "", down: bool = False
) -> Iterator[OrderBy]:
    """Each element of an ordering; a relation's name is what its model is sorted by."""
    for item in ordering:
        if not isinstance(item, str):
            item = item if isinstance(item, OrderBy) else item.asc()
            if type(item.expression).__name__ == "Random":
                raise Unseekable("its order is random")
            yield _prefixed(item, prefix)
            continue
        descending = item.startswith("-") is not down
        name = item.lstrip("-+")
        if name == "?":
            raise Unseekable("its order is random")
        if not prefix and name in query.annotations:
            yield OrderBy(F(name), descending=descending)
            continue
        inner, related = _walk(options, name)
        if related is not None:
            below = related.ordering or ("pk",)
            if len(prefix) > 400:
                raise Unseekable(f"the ordering of {related.label} leads to itself")
            yield from _items(query, below, related, f"{prefix}{name}__", descending)
            continue
        for part in inner:
            yield OrderBy(F(f"{prefix}{part}"), descending=descending)


def _name(expression: Any) -> str:
    """The field or annotation that an expression is; empty for others."""
    return str(expression.name) if isinstance(expression, F) else ""  # type: ignore[attr-defined]


def _prefixed(item: Any, prefix: str) -> Any:
    if not prefix:
        return item
    name = _name(item.expression)
    if not name:
        raise Unseekable("a related model is sorted by an expression; name it in order_by()")
    copy = item.copy()
    copy.set_source_expressions([F(f"{prefix}{name}")])
    return copy


def _walk(options: Any, name: str) -> tuple[list[str], Any]:
    """The columns that a name stands for, or the options of the model whose order it stands for."""
    if name == "pk":
        return _primary_key(options), None
    parts = name.split("__")
    field: Any = None
    for part in parts:
        try:
            field = (options.pk if part == "pk" else options.get_field(part)) if options else None
        except FieldDoesNotExist:
            return [name], None
        if field is None:
            return [name], None
        related = field.related_model if field.is_relation else None
        if related is not None and _has_many(field):
            raise Unseekable(f"{name} has several values for each row")
        options = related._meta if related is not None else None
    by_column = parts[-1] == getattr(field, "attname", None)
    if options is None or by_column or parts[-1] == "pk":
        return [name], None
    return [], options


def _has_many(field: Any) -> bool:
    return bool(field.one_to_many or field.many_to_many)


def _primary_key(options: Any) -> list[str]:
    fields = getattr(options, "pk_fields", None) or [options.pk]
    return [field.attname for field in fields]


def _nullable(query: Any, name: str, expression: Any) -> bool:
    """Whether a key may be NULL, as far as the models tell."""
    if not name or name in query.annotations or not isinstance(expression, F):
        return True
    options = query.get_meta()
    for part in name.split("__"):
        try:
            field = options.pk if part == "pk" else options.get_field(part)
        except (FieldDoesNotExist, AttributeError):
            return True
        if not getattr(field, "concrete", False) or field.null:
            return True
        options = field.related_model._meta if field.is_relation else None
    return False


def _complete(query: Any, keys: list[Key], nulls_are_low: bool) -> Iterator[Key]:
    """The keys up to the first that is unique by itself, else all, and the primary key."""
    options = query.get_meta()
    own = set(_primary_key(options))
    seen: set[str] = set()
    for key in keys:
        name = _name(key.expression)
        if name and name in seen:
            continue
        yield key
        seen.add(name)
        if own <= seen or (not key.nullable and _is_unique(options, name)):
            return
    down = keys[-1].descending if keys else not query.standard_ordering
    for name in _primary_key(options):
        if name not in seen:
            yield Key(F(name), down, nulls_are_low is not down, False)


def _is_unique(options: Any, name: str) -> bool:
    if not name or "__" in name:
        return False
    try:
        field = options.get_field(name)
    except FieldDoesNotExist:
        return False
    return bool(field.concrete and field.unique)
