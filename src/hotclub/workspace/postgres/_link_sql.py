"""The SQL with which a sample finds what it lacks, and the original gives it.

Keys travel as JSON from the copy's server, and as a list of values to the original's, which is
never written to. ``c`` is the child of a link, ``p`` its parent, ``k`` the keys.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence

from hotclub.workspace.postgres._client import literal
from hotclub.workspace.sampling import Link, Table

CHUNK = 2000
"""Keys in a statement."""
_SEED = 4
_MORE = 1.3
"""So much more than needed is read, since rows are taken by chance."""
_READ_WHOLE = 256 << 20
"""A table up to this is read whole for rows from all over it; of a larger one some pages are."""
_PAGES, _PAGE = 100, 8192
"""So many of these at least, since they too are taken by chance."""
_WHOLE_NUMBERS = {"smallint": 4, "integer": 9, "bigint": 18}
_UUID = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"

Only = Callable[[str], str]
"""A relation as it is read without what inherits from it."""


def some(table: Table, newest: int, spread: int, only: Only) -> str:
    """The newest rows of a table by its key, and some from all over it; without a key the first."""
    columns, relation = ", ".join(table.columns), only(table.name)
    if not table.key:
        return _copy(f"SELECT {columns} FROM {relation} LIMIT {newest + spread}")
    keys = ", ".join(table.key)
    order = ", ".join(f"{column} DESC" for column in table.key)
    last = f"FROM {relation} ORDER BY {order} LIMIT {newest}"
    percent = 100.0 * _MORE * spread / max(1, table.rows)
    method = "BERNOULLI"
    if table.bytes > _READ_WHOLE:
        method, percent = "SYSTEM", max(percent, 100.0 * _PAGES * _PAGE / table.bytes)
    return _copy(
        f"(SELECT {columns} {last}) UNION ALL (SELECT {columns} FROM {relation} s "
        f"TABLESAMPLE {method} ({min(100.0, percent):.6f}) REPEATABLE ({_SEED}) "
        f"WHERE ({keys}) NOT IN (SELECT {keys} {last}) LIMIT {spread})"
    )


def missing_parents(link: Link) -> str:
    """In the copy: the keys that rows of the child name and the parent lacks."""
    where = "".join(f" AND {part}" for part in (_given("c", link.columns), link.where) if part)
    return _keys(
        _listed("c", link.columns),
        f"FROM {link.child} c WHERE NOT EXISTS "
        f"(SELECT FROM {link.parent} p WHERE {_same(link)}){where}",
    )


def missing_children(link: Link) -> str:
    """In the copy: the keys of the parent that no row of the child names."""
    return _keys(
        _listed("p", link.parent_columns),
        f"FROM {link.parent} p WHERE NOT EXISTS "
        f"(SELECT FROM {link.child} c WHERE {_same(link)}) AND {_given('p', link.parent_columns)}",
    )


def with_few_children(link: Link, key: Sequence[str], few: int, most: int) -> str:
    """In the copy: so many keys of the parent that fewer rows than ``few`` of the child name, each
    as a pair with the primary keys of these; in an order that is none, but always the same."""
    mine, theirs = _texts("p", link.parent_columns), _texts("c", key)
    having = f"count(c.{link.columns[0]})"
    return (
        f"SELECT json_build_array(k, there)::text FROM (SELECT json_build_array({mine})::text, "
        f"coalesce(json_agg(json_build_array({theirs})) FILTER (WHERE {_given('c', key)}), '[]') "
        f"FROM {link.parent} p LEFT JOIN {link.child} c ON {_same(link)} "
        f"WHERE {_given('p', link.parent_columns)} GROUP BY {_listed('p', link.parent_columns)} "
        f"HAVING {having} < {few}) f (k, there) ORDER BY md5(k), k LIMIT {most};"
    )


def parents(link: Link, table: Table, keys: Iterable[str], only: Only) -> Iterator[str]:
    """From the original: the rows of the parent with these keys."""
    on = _on("p", link.parent_columns, link.parent_types)
    for values in _chunks(keys, len(link.columns)):
        columns = _listed("p", table.columns)
        yield _copy(f"SELECT {columns} FROM {values} JOIN {only(link.parent)} p ON {on}")


def children(link: Link, table: Table, keys: Iterable[str], only: Only) -> Iterator[str]:
    """From the original: the rows of the child that name these keys."""
    on = _on("c", link.columns, link.types)
    columns = _listed("c", table.columns)
    for values in _chunks(keys, len(link.columns)):
        yield _copy(f"SELECT {columns} FROM {values} JOIN {only(link.child)} c ON {on}")


def more_children(
    link: Link, table: Table, pairs: Sequence[str], only: Only, most: int
) -> Iterator[str]:
    """From the original: ``most`` rows of the child for each key, without those that are there;
    ``pairs`` are those of :func:`with_few_children`."""
    on = _on("c", link.columns, link.types)
    key = ", ".join(f"c.{column}::text" for column in table.key)
    for start in range(0, len(pairs), CHUNK):
        asked = [json.loads(pair) for pair in pairs[start : start + CHUNK]]
        there = [one for _, known in asked for one in known]
        without = f" AND ({key}) NOT IN (VALUES {_values(there)})" if there else ""
        (values,) = _chunks([wanted for wanted, _ in asked], len(link.columns))
        rows = f"SELECT {_listed('c', table.columns)} FROM {only(link.child)} c WHERE {on}{without}"
        yield _copy(f"SELECT f.* FROM {values} CROSS JOIN LATERAL ({rows} LIMIT {most}) f")


def cut(link: Link) -> str:
    """In the copy: the rows of the child that name nothing name nothing any more, or go."""
    what = f"DELETE FROM {link.child} c"
    if link.nullable:
        what = f"UPDATE {link.child} c SET {', '.join(f'{one} = NULL' for one in link.nullable)}"
    return (
        f"WITH done AS ({what} WHERE {_given('c', link.columns)} AND NOT EXISTS "
        f"(SELECT FROM {link.parent} p WHERE {_same(link)}) RETURNING 1) SELECT count(*) FROM done;"
    )


def generic(link: Link, type_column: str, number: str, kind: str) -> str | None:
    """The condition on the rows of a child that name a parent by a generic key, whose own key is of
    this ``kind``; None where the two cannot be told to be the same."""
    column = f"c.{link.columns[0]}::text"
    same_type = f"c.{type_column}::text = {literal(number)}"
    if kind in _WHOLE_NUMBERS:
        return f"{same_type} AND {column} ~ '^(0|[1-9][0-9]{{0,{_WHOLE_NUMBERS[kind] - 1}}})$'"
    if kind == "uuid":
        return f"{same_type} AND {column} ~ '{_UUID}'"
    return same_type if kind == "text" or kind.startswith("character varying") else None


def _same(link: Link) -> str:
    """That ``c`` names ``p``; the halves of a generic key are of different types."""
    text = "::text" if link.where else ""
    pairs = zip(link.columns, link.parent_columns, strict=True)
    return " AND ".join(f"p.{theirs}{text} = c.{mine}{text}" for mine, theirs in pairs)


def _given(name: str, columns: Sequence[str]) -> str:
    return " AND ".join(f"{name}.{column} IS NOT NULL" for column in columns)


def _listed(name: str, columns: Iterable[str]) -> str:
    return ", ".join(f"{name}.{column}" for column in columns)


def _keys(listed: str, found: str) -> str:
    """Each key once, as JSON, in an order that is always the same."""
    count = listed.count(", ") + 1
    names = [f"k{number}" for number in range(count)]
    texts = ", ".join(f"{name}::text" for name in names)
    return (
        f"SELECT json_build_array({texts})::text FROM (SELECT DISTINCT {listed} {found}) "
        f"k ({', '.join(names)}) ORDER BY 1;"
    )


def _chunks(keys: Iterable[str], width: int) -> Iterator[str]:
    """Keys as tables of values, so many in each."""
    listed = list(keys)
    names = ", ".join(f"k{number}" for number in range(width))
    for start in range(0, len(listed), CHUNK):
        rows = _values(map(json.loads, listed[start : start + CHUNK]))
        yield f"(VALUES {rows}) k ({names})"


def _values(rows: Iterable[Sequence[str]]) -> str:
    return ", ".join(f"({', '.join(map(literal, row))})" for row in rows)


def _texts(name: str, columns: Iterable[str]) -> str:
    return ", ".join(f"{name}.{column}::text" for column in columns)


def _on(name: str, columns: Sequence[str], types: Sequence[str]) -> str:
    pairs = enumerate(zip(columns, types, strict=True))
    return " AND ".join(f"{name}.{column} = k.k{n}::{kind}" for n, (column, kind) in pairs)


def _copy(query: str) -> str:
    return f"COPY ({query}) TO STDOUT;"
