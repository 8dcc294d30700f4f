"""Indexes that a statement could use: equal columns first, then one range or the order.

More are proposed than will be wanted. Whether the database takes one, and whether that helps, is
not guessed here: each is made on a copy and the statement is run.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from hotclub.doctor.indexes._sql import Select, selects

MOST_COLUMNS = 4


class Key(NamedTuple):
    """A column of an index, whether it runs downwards, and ``upper`` or ``lower`` where it is
    indexed in such letters."""

    column: str
    down: bool
    function: str = ""


@dataclass(frozen=True)
class Candidate:
    """An index that does not exist."""

    table: str
    keys: tuple[Key, ...]
    include: tuple[str, ...] = ()
    """Columns that are kept beside the keys, so that the table need not be read."""
    condition: tuple[tuple[str, str], ...] = ()
    """Columns that are ``true``, ``false`` or ``null`` in the rows that it holds, or one of the
    values of a JSON list."""
    pages: int = 0
    """Of a summary (BRIN) so many pages are summed up in one entry; 0 for a sorted index."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of its columns, in order."""
        return tuple(key.column for key in self.keys)

    def begins(self, other: Candidate) -> bool:
        """Whether the other one has these keys too, and then more."""
        return (
            not (self.pages or other.pages)
            and (self.table, self.condition) == (other.table, other.condition)
            and set(self.include) <= {*other.include, *other.columns}
            and self.keys == other.keys[: len(self.keys)]
        )


@dataclass(frozen=True)
class Table:
    """What is known of a table: its rows, its key, and what is indexed already."""

    name: str
    rows: int
    pk: str
    columns: Collection[str]
    indexes: Sequence[Sequence[str]]
    unique: Sequence[Sequence[str]]
    ordered: Collection[str] = ()
    """Columns by which its rows lie in order on disk, or nearly."""
    choices: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    """The values that a model allows, of columns whose values it names."""


def candidates(sql: str, tables: Mapping[str, Table]) -> Iterator[Candidate]:
    """What could serve a statement, for those of its tables that are named here."""
    seen: set[Candidate] = set()
    for select in selects(sql):
        for name, table in select.tables.items():
            if table in tables:
                for keys in _proposals(select, name, tables[table]):
                    candidate = _candidate(tables[table], keys)
                    if candidate is not None and candidate not in seen:
                        seen.add(candidate)
                        yield candidate


def _proposals(select: Select, name: str, table: Table) -> Iterator[list[Key]]:
    equal = _named(select, name, "equal")
    if any(set(unique) <= set(equal) for unique in table.unique):
        return  # one row at most
    order = _order(select, name, table, equal)
    ranges = [column for column in _named(select, name, "range") if column not in equal]
    joins = [column for column in _named(select, name, "join") if column not in equal]
    first = [Key(column, False) for column in equal]
    yield first
    yield [*first, *order]
    for column in ranges:
        yield [*first, Key(column, False)]
    for column in joins:
        yield [*first, Key(column, False)]
        yield [Key(column, False)]
    for column in (*equal, *ranges):
        yield [Key(column, False)]
    yield order
    for function in ("upper", "lower"):
        for column in _named(select, name, function):
            yield [Key(column, False, function)]


def _named(select: Select, name: str, kind: str) -> list[str]:
    return sorted({t.column.name for t in select.terms if (t.column.table, t.kind) == (name, kind)})


def _order(select: Select, name: str, table: Table, equal: Sequence[str]) -> list[Key]:
    """The order's columns, as far as they are this table's and nothing settles them already.

    Read backwards an index serves the opposite order, so one that runs all downwards is written
    upwards. The primary key is left out at the end: it only tells equal rows apart.
    """
    keys: list[Key] = []
    for column, down in select.order:
        if column.table != name:
            return []
        if column.name not in equal:
            keys.append(Key(column.name, down))
    while keys and keys[-1].column == table.pk:
        keys.pop()
    if keys and all(key.down for key in keys):
        return [Key(key.column, False) for key in keys]
    return keys


def _candidate(table: Table, keys: Sequence[Key]) -> Candidate | None:
    """An index of these keys; None where there is one, or where it could not be made."""
    unique: dict[str, Key] = {}
    for key in keys:
        unique.setdefault(key.column, key)
    kept = tuple(unique.values())[:MOST_COLUMNS]
    columns = [key.column for key in kept]
    if (
        not kept
        or (columns == [table.pk] and not kept[0].function)
        or not set(columns) <= set(table.columns)
    ):
        return None
    unlike = any(key.down or key.function for key in kept)
    if not unlike and any(list(known[: len(columns)]) == columns for known in table.indexes):
        return None
    return Candidate(table.name, kept)


def merged(found: Mapping[Candidate, Sequence[int]]) -> dict[Candidate, set[int]]:
    """The statements that each candidate may serve: its own, and those of any that it begins
    with."""
    result: dict[Candidate, set[int]] = {}
    for candidate in found:
        served = set(found[candidate])
        for other, statements in found.items():
            if other is not candidate and other.begins(candidate):
                served.update(statements)
        result[candidate] = served
    return result
