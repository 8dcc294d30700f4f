"""What an index that was picked could be instead: smaller, or with more columns beside.

A shorter one has fewer keys. A partial one holds the rows of a predicate that every statement which
uses the index states in its own text (``deleted_at IS NULL``, ``NOT deleted``), or of a list of
states that the code asks for (``status IN ('new', 'paid')``). A summary (BRIN)
keeps the least and the greatest value of each range of pages: that tells ranges apart where the
rows of a big table lie in order, as those do that are numbered or dated when they are made, and
sorts nothing. A covering one brings all that these statements read of the table, so that the table
itself is left alone. Whether one of them is better than the plain one is measured.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from hotclub.doctor.indexes._candidates import Candidate, Table
from hotclub.doctor.indexes._sql import Select, selects
from hotclub.doctor.indexes._workload import Statement

MOST_INCLUDED = 3
BIG = 100_000
"""Rows of a table from which on the size of an index is worth a summary."""
PAGES = (128, 16)
"""Pages that a summary sums up in one entry: PostgreSQL's own choice, and a finer one."""
_COLUMN = re.compile(r'"?(\w+)"?\."(\w+)"')


def shorter(
    candidate: Candidate, table: Table, known: Collection[Candidate]
) -> Iterator[Candidate]:
    """The index with fewer of its keys, but for what is ``known`` or there already."""
    for count in range(len(candidate.keys) - 1, 0, -1):
        fewer = replace(candidate, keys=candidate.keys[:count])
        there = any(tuple(one[:count]) == fewer.columns for one in table.indexes)
        if fewer not in known and not there and fewer.columns != (table.pk,):
            yield fewer


def summaries(candidate: Candidate, table: Table) -> Iterator[Candidate]:
    """What sums up the pages of a big table that lies in the order of the index."""
    plain = not any(key.down or key.function for key in candidate.keys)
    if plain and table.rows >= BIG and candidate.columns[0] in table.ordered:
        for pages in PAGES:
            yield replace(candidate, keys=candidate.keys[:1], pages=pages)


def partial(
    candidate: Candidate, statements: Sequence[Statement], table: Table
) -> Iterator[Candidate]:
    """The index on the rows that all these statements ask for, if they ask for the same ones."""
    common: set[tuple[str, str]] | None = None
    for statement in statements:
        for select in selects(statement.sql):
            if candidate.table in select.tables.values():
                found = {*_constants(select, table.name), *_lists(select, table, statement)}
                common = found if common is None else common & found
    if common:
        condition = tuple(sorted(common))
        settled = {column for column, value in condition if not value.startswith("[")}
        keys = tuple(key for key in candidate.keys if key.column not in settled)
        yield replace(candidate, keys=keys or candidate.keys, condition=condition)


def _constants(select: Select, table: str) -> Iterator[tuple[str, str]]:
    for term in select.terms:
        if term.constant and select.tables.get(term.column.table) == table:
            yield term.column.name, term.constant


def _lists(select: Select, table: Table, statement: Statement) -> Iterator[tuple[str, str]]:
    """Columns that are compared with a list that seems to be written in the code: of some of the
    values that the model names, two at least, the same in every run, brought by no request."""
    for term in select.terms:
        column, choices = term.column.name, table.choices.get(term.column.name, ())
        if len(term.listed) < 2 or select.tables.get(term.column.table) != table.name:
            continue
        values = {statement.settled.get(number) for number in term.listed}
        if values < set(choices) and all(_is_simple(value) for value in values):
            yield column, json.dumps(sorted(values, key=str))


def _is_simple(value: object) -> bool:
    """Whether it needs no escapes, neither in Python nor in SQL."""
    return isinstance(value, int) or bool(re.fullmatch(r"[\w .+-]+", str(value)))


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
