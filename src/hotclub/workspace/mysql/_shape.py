"""A database's tables, and what names what, from the catalogue: for a sample of its rows."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hotclub.workspace.mysql._client import identifier
from hotclub.workspace.mysql._original import Original
from hotclub.workspace.sampling import Link, Shape, Table

_OURS = "TABLE_SCHEMA = DATABASE()"
_TABLES = f"""
SELECT JSON_ARRAY('table', TABLE_NAME, COALESCE(TABLE_ROWS, 0),
  COALESCE(DATA_LENGTH + INDEX_LENGTH, 0)) FROM information_schema.TABLES
WHERE {_OURS} AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED') ORDER BY TABLE_NAME;
SELECT JSON_ARRAY('column', TABLE_NAME, COLUMN_NAME, DATA_TYPE, CHARACTER_SET_NAME, COLLATION_NAME,
  IS_NULLABLE, COALESCE(GENERATION_EXPRESSION, '')) FROM information_schema.COLUMNS
WHERE {_OURS} ORDER BY TABLE_NAME, ORDINAL_POSITION;
SELECT JSON_ARRAY('index', TABLE_NAME, INDEX_NAME, NON_UNIQUE, COLUMN_NAME, SUB_PART)
FROM information_schema.STATISTICS WHERE {_OURS} ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX;
SELECT JSON_ARRAY('key', TABLE_NAME, CONSTRAINT_NAME, COLUMN_NAME, REFERENCED_TABLE_NAME,
  REFERENCED_COLUMN_NAME) FROM information_schema.KEY_COLUMN_USAGE
WHERE {_OURS} AND REFERENCED_TABLE_SCHEMA = DATABASE()
ORDER BY TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION;
"""
_NUMBERS = ("tinyint", "smallint", "mediumint", "int", "bigint", "decimal", "year")
_BYTES = (
    "binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob", "bit", "vector",
    "geometry", "point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon",
    "geometrycollection", "geomcollection",
)  # fmt: skip


@dataclass(frozen=True)
class Column:
    """Of what type a column is (``data_type``), of which ``kind`` that is (number, text, bytes,
    float, other), and of texts in which character set and collation."""

    data_type: str
    charset: str
    collation: str
    required: bool

    @property
    def kind(self) -> str:
        """What has to be written down alike."""
        if self.data_type in _BYTES:
            return "bytes"
        if self.data_type in _NUMBERS:
            return "number"
        if self.charset:
            return "text"
        return "float" if self.data_type == "float" else "other"


Columns = Mapping[tuple[str, str], Column]
"""By table and column, quoted."""
Indexes = Mapping[str, Mapping[str, tuple[bool, tuple[str, ...]]]]
"""By table and name: whether it is unique, and its columns; those of parts of columns or of
expressions are no help."""


@dataclass(frozen=True)
class Known:
    """The shape, and what its columns are."""

    shape: Shape
    columns: Columns = field(repr=False)
    indexes: Indexes = field(default_factory=dict, repr=False)

    def index(self, table: str, columns: Sequence[str]) -> str:
        """An index by which rows with these values are found, quoted."""
        found = self.indexes[table].items()
        return next(
            identifier(name) for name, (_, of) in found if set(of[: len(columns)]) == set(columns)
        )

    def of(self, table: str, columns: Iterable[str]) -> list[Column]:
        """What these columns of a table are."""
        return [self.columns[table, name] for name in columns]


def known(original: Original) -> Known:
    """What the catalogue says of the tables that the project's account may read.

    Raises:
        ServerError: it cannot be read.
    """
    lines: dict[str, list[list[Any]]] = defaultdict(list)
    for line in original.client.read(_TABLES):
        kind, *values = json.loads(line)
        lines[kind].append(values)
    columns = {
        (identifier(table), identifier(name)): Column(
            kind.lower(), charset or "", collation or "", nullable != "YES"
        )
        for table, name, kind, charset, collation, nullable, _ in lines["column"]
    }
    indexes = _indexes(lines["index"])
    written: dict[str, list[str]] = defaultdict(list)
    for table, name, *_, expression in lines["column"]:
        if not expression:
            written[identifier(table)].append(identifier(name))
    tables = tuple(_table(line, written, indexes) for line in lines["table"])
    links = tuple(_links(lines["key"], tables, columns, indexes))
    return Known(Shape(tables, links), columns, indexes)


def _indexes(lines: Iterable[list[Any]]) -> Indexes:
    found: dict[str, dict[str, tuple[bool, tuple[str, ...]]]] = defaultdict(dict)
    for table, name, not_unique, column, part in lines:
        mine = found[identifier(table)]
        unique, columns = mine.get(name, (not int(not_unique), ()))
        whole = column is not None and part is None
        mine[name] = (unique, (*columns, identifier(column) if whole else ""))
    return found


def _table(line: list[Any], written: Mapping[str, list[str]], indexes: Indexes) -> Table:
    name = identifier(line[0])
    _, key = indexes.get(name, {}).get("PRIMARY", (True, ()))
    return Table(
        name,
        tuple(written.get(name, ())),
        () if "" in key else key,
        int(line[1]),
        int(line[2]),
        (name,),
    )


def _links(
    lines: Iterable[list[Any]], tables: Iterable[Table], columns: Columns, indexes: Indexes
) -> Iterable[Link]:
    """One for each foreign key, of which each column is a line."""
    keys: dict[tuple[str, str], list[list[str]]] = defaultdict(list)
    for table, name, *pair in lines:
        keys[table, name].append([table, *pair])
    by_name = {table.name.casefold(): table for table in tables}
    for parts in keys.values():
        child = by_name.get(identifier(parts[0][0]).casefold())
        parent = by_name.get(identifier(parts[0][2]).casefold())
        mine = tuple(identifier(part[1]) for part in parts)
        if child is None or parent is None or not set(mine) <= set(child.columns):
            continue
        known_indexes = indexes.get(child.name, {}).values()
        yield Link(
            child.name, mine, parent.name, tuple(identifier(part[3]) for part in parts),
            child.name, parent.name,
            single=any(unique and set(of) == set(mine) for unique, of in known_indexes),
            indexed=any(set(of[: len(mine)]) == set(mine) for _, of in known_indexes),
            nullable=tuple(one for one in mine if not columns[child.name, one].required),
        )  # fmt: skip
