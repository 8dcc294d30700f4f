"""What an index that was picked could be instead: of fewer rows, or with more columns beside.

A partial index holds the rows of a predicate that every statement which uses the index states in
its own text (``deleted_at IS NULL``, ``NOT deleted``), so that it is smaller. A covering one brings
all that these statements read of the table, so that the table itself is left alone. Whether either
is better than the plain one is measured.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from hotclub.doctor.indexes._candidates import Candidate, Table
from hotclub.doctor.indexes._sql import Select, selects
from hotclub.doctor.indexes._workload import Statement

MOST_INCLUDED = 3
_COLUMN = re.compile(r'"?(\w+)"?\."(\w+)"')


def partial(candidate: Candidate, statements: Sequence[Statement]) -> Iterator[Candidate]:
    """The index on the rows that all these statements ask for, if they ask for the same ones."""
    common: set[tuple[str, str]] | None = None
    for statement in statements:
        for select in selects(statement.sql):
            if candidate.table in select.tables.values():
                found = set(_constants(select, candidate.table))
                common = found if common is None else common & found
    if common:
        condition = tuple(sorted(common))
        settled = {column for column, _ in condition}
        keys = tuple(key for key in candidate.keys if key.column not in settled)
        yield replace(candidate, keys=keys or candidate.keys, condition=condition)


def _constants(select: Select, table: str) -> Iterator[tuple[str, str]]:
    for term in select.terms:
        if term.constant and select.tables.get(term.column.table) == table:
            yield term.column.name, term.constant


def covering(
    candidate: Candidate, statements: Sequence[Statement], table: Table
) -> Iterator[Candidate]:
    """The index with what else these statements read of its table, if that is little."""
    wanted: set[str] = set()
    for statement in statements:
        names = {n for s in selects(statement.sql) for n, t in s.tables.items() if t == table.name}
        wanted.update(c for name, c in _COLUMN.findall(statement.sql) if name in names)
    settled = {column for column, _ in candidate.condition}
    more = sorted(wanted - set(candidate.columns) - settled)
    if 0 < len(more) <= MOST_INCLUDED and set(more) <= set(table.columns):
        yield replace(candidate, include=tuple(more))
