"""Rows, each with the values of its keys as the database has them.

Python's values are not exact enough to be compared with: a decimal of SQLite's is rounded on its
way, an average in PostgreSQL becomes a float. So the keys are selected once more, past all
converters, as annotations that are taken off again before anybody sees the row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connections
from django.db.models import Field, Func, prefetch_related_objects
from django.db.models.query import (
    FlatValuesListIterable,
    ModelIterable,
    NamedValuesListIterable,
    ValuesIterable,
    ValuesListIterable,
)
from django.db.models.utils import create_namedtuple_class

from hotclub.pagination._joins import multiplied
from hotclub.pagination._order import Key, Unseekable, fingerprint
from hotclub.pagination._seek import ROWS, stretches
from hotclub.pagination._token import Position

_SHAPES = (
    ModelIterable,
    ValuesIterable,
    ValuesListIterable,
    FlatValuesListIterable,
    NamedValuesListIterable,
)

Row = tuple[Any, tuple[Any, ...]]
"""A row as the queryset gives it, and its keys' values."""


class _AsStored(Field):  # type: ignore[type-arg]
    """A type of which no converter knows."""


class _Stored(Func):
    """A key as the database has it; SQLite's driver converts by a column's declared type."""

    template = "%(expressions)s"

    def __init__(self, expression: Any) -> None:
        super().__init__(expression, output_field=_AsStored())

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> Any:
        return self.as_sql(compiler, connection, template="+(%(expressions)s)")


class Rows:
    """A queryset's rows from any position on, in either direction."""

    def __init__(self, queryset: Any, keys: Sequence[Key]) -> None:
        shape = queryset._iterable_class
        if shape not in _SHAPES:
            raise Unseekable(f"its rows are made by {shape.__name__}")
        self._queryset = queryset
        self._keys = tuple(keys)
        self._names = [f"_keyset_{number}" for number in range(len(keys))]
        self._lookups = queryset._prefetch_related_lookups
        self._shape = shape
        fetching = queryset.prefetch_related(None) if self._lookups else queryset
        stored = {n: _Stored(k.expression) for n, k in zip(self._names, keys, strict=True)}
        self._fetching = fetching.order_by().annotate(**stored)
        self._fetching.query.standard_ordering = True  # reverse() is in the keys
        self._check(self._fetching.query)
        if shape in (FlatValuesListIterable, NamedValuesListIterable):
            self._fetching._iterable_class = ValuesListIterable
        self.fingerprint = fingerprint(queryset.model, keys, self._kinds())

    def after(self, position: Position | None, forward: bool, limit: int) -> list[Row]:
        """At most ``limit`` rows from a position (or the end) on, in walking order."""
        keys = self._keys if forward else tuple(key.reversed() for key in self._keys)
        ordered = self._fetching.order_by(*(key.order() for key in keys))
        found: list[Row] = []
        for conditions in self._stretches(keys, position):
            rest = limit - len(found)
            if rest <= 0:
                break
            found += self._taken(ordered.filter(*conditions)[:rest])
        return found

    def skipping(self, number: int, limit: int) -> list[Row]:
        """``limit`` rows after the first ``number``, which the database reads as well."""
        ordered = self._fetching.order_by(*(key.order() for key in self._keys))
        return list(self._taken(ordered[number : number + limit]))

    def listed(self, rows: Sequence[Any]) -> Any:
        """These rows as a queryset that has run already; values are a list."""
        if self._shape is not ModelIterable:
            return list(rows)
        if self._lookups:
            prefetch_related_objects(rows, *self._lookups)
        page = self._queryset.order_by(*(key.order() for key in self._keys))
        page.query.standard_ordering = True
        page = page.filter(pk__in=[row.pk for row in rows])
        page._result_cache = list(rows)
        page._prefetch_done = True
        return page

    def _check(self, query: Any) -> None:
        """What only shows once the keys are resolved."""
        if multiplied(query) > multiplied(self._queryset.query):
            raise Unseekable("it is sorted by a relation with several values for each row")
        if any(query.annotations[name].contains_over_clause for name in self._names):
            raise Unseekable("it is sorted by a window function")

    def _stretches(self, keys: Sequence[Key], position: Position | None) -> list[list[Any]]:
        if position is None:
            return [[]]
        rows = connections[self._queryset.db].vendor in ROWS
        return stretches(keys, position.values, position.kind.endswith("="), rows)

    def _taken(self, queryset: Any) -> Iterator[Row]:
        """Each row with the keys taken off."""
        names, count = self._names, len(self._names)
        if self._shape is ModelIterable:
            for row in queryset:
                held = row.__dict__
                yield row, tuple(held.pop(name) for name in names)
        elif self._shape is ValuesIterable:
            for row in queryset:
                yield row, tuple(row.pop(name) for name in names)
        else:
            plain = self._plain(queryset)
            for row in queryset:
                yield plain(row[:-count]), row[-count:]

    def _plain(self, queryset: Any) -> Any:
        """What makes of a tuple what the queryset would have made of it."""
        if self._shape is FlatValuesListIterable:
            return lambda row: row[0]
        if self._shape is NamedValuesListIterable:
            query = queryset.query
            names = queryset._fields or (
                *query.extra_select, *query.values_select, *query.annotation_select
            )  # fmt: skip
            kept = [name for name in names if name not in self._names]
            return create_namedtuple_class(*kept)._make
        return tuple

    def _kinds(self) -> Iterator[str]:
        """The type of each key, by name."""
        for name in self._names:
            (inner,) = self._fetching.query.annotations[name].get_source_expressions()
            kind = getattr(inner, "_output_field_or_none", None)
            yield kind.get_internal_type() if kind is not None else "?"
