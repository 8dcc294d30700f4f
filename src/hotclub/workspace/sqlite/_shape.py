"""An SQLite database's tables, and what names what, for a sample of its rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from hotclub.workspace.sampling import Link, Shape, Table

_GENERATED = (2, 3)


@dataclass(frozen=True)
class Known:
    """The shape, and what else must be known to write it down again."""

    shape: Shape
    without_rowid: frozenset[str]
    whole: frozenset[str]
    """Tables that virtual ones keep their contents in: their rows mean nothing alone."""
    key_types: Mapping[str, str]


def identifier(name: str) -> str:
    """A name as SQL quotes it."""
    return '"{}"'.format(name.replace('"', '""'))


def known(connection: sqlite3.Connection, size: int) -> Known:
    """Of the database attached as ``original``, of so many bytes.

    Raises:
        sqlite3.Error: it cannot be read.
    """
    names, virtual = _names(connection)
    bare = frozenset(identifier(name) for name in names if not _has_rowid(connection, name))
    tables = [_table(connection, name, bare) for name in names]
    all_rows = max(1, sum(one.rows for one in tables))
    tables = [replace(one, bytes=size * one.rows // all_rows) for one in tables]
    by_name = {table.name.casefold(): table for table in tables}
    links = [link for name in names for link in _links(connection, name, by_name)]
    whole = frozenset(identifier(name) for name in names if _belongs(name, virtual))
    types = {identifier(name): _key_type(connection, name) for name in names}
    return Known(Shape(tuple(tables), tuple(links)), bare, whole, types)


def _names(connection: sqlite3.Connection) -> tuple[list[str], list[str]]:
    """Of the tables that hold rows, and of the virtual ones."""
    listed = connection.execute(
        "SELECT name, upper(sql) LIKE 'CREATE VIRTUAL%' FROM original.sqlite_master "
        "WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
    ).fetchall()
    return [name for name, virtual in listed if not virtual], [
        n for n, virtual in listed if virtual
    ]


def _belongs(name: str, virtual: Sequence[str]) -> bool:
    return any(name.startswith(f"{one}_") for one in virtual)


def _pragma(connection: sqlite3.Connection, name: str, argument: str) -> list[tuple[object, ...]]:
    return connection.execute(f"PRAGMA original.{name}({identifier(argument)})").fetchall()


def _has_rowid(connection: sqlite3.Connection, name: str) -> bool:
    try:
        connection.execute(f"SELECT rowid FROM original.{identifier(name)} LIMIT 1").fetchall()
    except sqlite3.OperationalError:
        return False
    return True


def _rows(connection: sqlite3.Connection, name: str, bare: frozenset[str]) -> int:
    """About how many: the largest rowid is found at once."""
    what = "count(*)" if name in bare else "max(rowid)"
    (count,) = connection.execute(f"SELECT {what} FROM original.{name}").fetchone()
    return max(0, int(count or 0))


def _table(connection: sqlite3.Connection, name: str, bare: frozenset[str]) -> Table:
    columns = _pragma(connection, "table_xinfo", name)
    written = tuple(identifier(str(one[1])) for one in columns if one[6] not in _GENERATED)
    key = sorted((int(str(one[5])), str(one[1])) for one in columns if one[5])
    quoted = identifier(name)
    return Table(
        quoted,
        written,
        tuple(identifier(one) for _, one in key),
        _rows(connection, quoted, bare),
        parts=(quoted,),
    )


def _key_type(connection: sqlite3.Connection, name: str) -> str:
    columns = _pragma(connection, "table_xinfo", name)
    kinds = [str(one[2]).lower() for one in columns if one[5]]
    return kinds[0] if len(kinds) == 1 else ""


def _links(
    connection: sqlite3.Connection, name: str, tables: Mapping[str, Table]
) -> Iterator[Link]:
    """One for each foreign key, of which each column is a line."""
    keys: dict[object, list[tuple[object, ...]]] = {}
    for line in _pragma(connection, "foreign_key_list", name):
        keys.setdefault(line[0], []).append(line)
    child = tables[identifier(name).casefold()]
    indexes = [*_indexes(connection, name), (True, child.key)]
    required = {*child.key, *_required(connection, name)}
    for lines in keys.values():
        lines.sort(key=lambda line: int(str(line[1])))
        parent = tables.get(identifier(str(lines[0][2])).casefold())
        columns = tuple(identifier(str(line[3])) for line in lines)
        theirs = _named(parent, [line[4] for line in lines]) if parent else ()
        if parent is None or len(theirs) != len(columns) or not set(columns) <= set(child.columns):
            continue
        yield Link(
            child.name, columns, parent.name, theirs, child.name, parent.name,
            single=any(unique and set(of) == set(columns) for unique, of in indexes),
            indexed=any(set(of[: len(columns)]) == set(columns) for _, of in indexes),
            nullable=tuple(one for one in columns if one not in required),
        )  # fmt: skip


def _named(parent: Table, columns: Sequence[object]) -> tuple[str, ...]:
    """The columns that a key names; without any, the primary key is meant."""
    return parent.key if None in columns else tuple(identifier(str(one)) for one in columns)


def _required(connection: sqlite3.Connection, name: str) -> Iterator[str]:
    for line in _pragma(connection, "table_xinfo", name):
        if line[3]:
            yield identifier(str(line[1]))


def _indexes(connection: sqlite3.Connection, name: str) -> Iterator[tuple[bool, tuple[str, ...]]]:
    """Whether each is unique, and its columns."""
    for _, index, unique, _, partial, *_ in _pragma(connection, "index_list", name):
        columns = [line[2] for line in _pragma(connection, "index_info", str(index))]
        if not partial and None not in columns:
            yield bool(unique), tuple(identifier(str(column)) for column in columns)
