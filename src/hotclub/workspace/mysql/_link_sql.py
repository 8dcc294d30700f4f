"""The SQL with which a sample finds what it lacks, and the original gives it.

Keys travel as the literals that SQL writes them as; one of several columns has a tab between them.
``c`` is the child of a link, ``p`` its parent, ``k`` the keys, ``t`` the table that rows are of.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from hotclub.workspace.mysql._shape import Column, Known
from hotclub.workspace.sampling import Link, Table

_CHUNK = 1000
"""Keys in a statement; of composite ones, which take a comparison each, fewer."""
_BRANCHES = 100
"""Queries in a UNION."""
_WHOLE_NUMBERS = {"tinyint": 2, "smallint": 4, "mediumint": 6, "int": 9, "bigint": 18}
_UUID = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"


@dataclass(frozen=True)
class Sql:
    """It, for tables that are known."""

    known: Known

    def rows(self, table: Table, rest: str) -> str:
        """Rows of ``t`` for :func:`loaded`: which columns are NULL, and all that can be written."""
        columns = list(zip(table.columns, self.known.of(table.name, table.columns), strict=True))
        nothing = ", ".join(f"t.{name} IS NULL" for name, _ in columns)
        values = ", ".join(_read(f"t.{name}", column) for name, column in columns)
        return f"SELECT CONCAT({nothing}), {values} FROM {table.name} t {rest}"

    def missing_parents(self, link: Link) -> str:
        """In the copy: the keys that rows of the child name and the parent lacks."""
        mine = self._mine(link)
        where = " AND ".join([*_given(f"c.{name}" for name in link.columns), *_also(link)])
        return self._keys(
            link,
            mine,
            f"{link.child} c WHERE {where} AND NOT EXISTS "
            f"(SELECT 1 FROM {link.parent} p WHERE {self._same(link)})",
        )

    def missing_children(self, link: Link) -> str:
        """In the copy: the keys of the parent that no row of the child names."""
        theirs = [f"p.{name}" for name in link.parent_columns]
        return self._keys(
            link,
            theirs,
            f"{link.parent} p WHERE {' AND '.join(_given(theirs))} AND NOT EXISTS "
            f"(SELECT 1 FROM {link.child} c WHERE {self._same(link)})",
        )

    def with_few_children(self, link: Link, key: Sequence[str], few: int, most: int) -> str:
        """In the copy: so many keys of the parent that fewer rows than ``few`` of the child name,
        each followed by the primary keys of these; in an order that is none, but always the same.
        """
        theirs = [f"p.{name}" for name in link.parent_columns]
        listed = [
            _literal(name, column) for name, column in zip(theirs, self._parents(link), strict=True)
        ]
        parts = [
            _literal(f"c.{name}", column)
            for name, column in zip(key, self.known.of(link.child_table, key), strict=True)
        ]
        row = f"CONCAT('(', CONCAT_WS(',', {', '.join(parts)}), ')')"
        there = f"GROUP_CONCAT(IF(c.{key[0]} IS NULL, NULL, {row}) ORDER BY 1 SEPARATOR ',')"
        return (
            f"SELECT {', '.join(listed)}, COALESCE({there}, '') FROM {link.parent} p "
            f"LEFT JOIN {link.child} c ON {self._same(link)} "
            f"WHERE {' AND '.join(_given(theirs))} GROUP BY {', '.join(theirs)} "
            f"HAVING COUNT(c.{link.columns[0]}) < {few} "
            f"ORDER BY MD5(CONCAT_WS(',', {', '.join(listed)})), 1 LIMIT {most};"
        )

    def parents(self, link: Link, keys: Sequence[str]) -> Iterator[str]:
        """From the original: the rows of the parent with these keys."""
        table = self.known.shape.table(link.parent_table)
        for where in _chunks("t", link.parent_columns, keys):
            yield self.rows(table, f"WHERE {where};")

    def children(self, link: Link, keys: Sequence[str]) -> Iterator[str]:
        """From the original: the rows of the child that name these keys."""
        table = self.known.shape.table(link.child_table)
        for where in _chunks("t", link.columns, keys):
            yield self.rows(table, f"WHERE {where};")

    def more_children(self, link: Link, found: Sequence[str], most: int) -> Iterator[str]:
        """From the original: ``most`` rows of the child for each key, without those that are there;
        ``found`` are those of :meth:`with_few_children`."""
        table = self.known.shape.table(link.child_table)
        key = ", ".join(f"t.{name}" for name in table.key)
        # By that index, in whose order rows come that are alike: always the same ones.
        index = f"FORCE INDEX ({self.known.index(table.name, link.columns)})"
        queries = []
        for line in found:
            *values, there = line.split("\t")
            where = _is("t", link.columns, values)
            where += f" AND ({key}) NOT IN ({there})" if there else ""
            queries.append(f"({self.rows(table, f'{index} WHERE {where} LIMIT {most}')})")
        for start in range(0, len(queries), _BRANCHES):
            yield " UNION ALL ".join(queries[start : start + _BRANCHES]) + ";"

    def cut(self, link: Link, keys: Sequence[str]) -> Iterator[str]:
        """In the copy: the rows of the child with these keys name nothing any more, or go; each
        tells how many these were."""
        what = f"DELETE c FROM {link.child} c"
        if link.nullable:
            what = f"UPDATE {link.child} c SET {', '.join(f'c.{n} = NULL' for n in link.nullable)}"
        for where in _chunks("c", link.columns, keys):
            yield f"{what} WHERE {where}; SELECT ROW_COUNT();"

    def generic(self, link: Link, type_column: str, number: str) -> str | None:
        """The condition on the rows of a child that name a parent by a generic key; None where the
        two cannot be told to be the same."""
        (column,) = self._parents(link)
        same = f"c.{type_column} = {number}"
        mine = f"CONVERT(c.{link.columns[0]} USING utf8mb4)"
        if column.data_type in _WHOLE_NUMBERS:
            digits = _WHOLE_NUMBERS[column.data_type] - 1
            return f"{same} AND {mine} REGEXP '^(0|[1-9][0-9]{{0,{digits}}})$'"
        if column.data_type == "uuid":
            return f"{same} AND {mine} REGEXP '{_UUID}'"
        return same if column.kind == "text" else None

    def _parents(self, link: Link) -> list[Column]:
        return self.known.of(link.parent_table, link.parent_columns)

    def _mine(self, link: Link) -> list[str]:
        """What of ``c`` names ``p``; of a generic key made what the parent's is, so that its index
        is of use."""
        if not link.where:
            return [f"c.{name}" for name in link.columns]
        (column,) = self._parents(link)
        mine = f"c.{link.columns[0]}"
        if column.kind == "number":
            return [f"CAST({mine} AS SIGNED)"]
        if column.kind == "text":
            return [f"CONVERT({mine} USING {column.charset}) COLLATE {column.collation}"]
        return [mine]

    def _same(self, link: Link) -> str:
        pairs = zip(self._mine(link), link.parent_columns, strict=True)
        return " AND ".join(f"p.{theirs} = {mine}" for mine, theirs in pairs)

    def _keys(self, link: Link, expressions: Sequence[str], found: str) -> str:
        """Each key once, in an order that is always the same."""
        named = ", ".join(f"{one} AS k{n}" for n, one in enumerate(expressions))
        listed = ", ".join(_literal(f"k.k{n}", one) for n, one in enumerate(self._parents(link)))
        order = ", ".join(str(n + 1) for n in range(len(expressions)))
        return f"SELECT {listed} FROM (SELECT DISTINCT {named} FROM {found}) k ORDER BY {order};"


def loaded(line: bytes, columns: Sequence[Column]) -> bytes:
    """A row that :meth:`Sql.rows` gave, as INSERT takes it; the client has escaped all in it but
    quotes."""
    nothing, *values = line.split(b"\t")
    parts = [
        b"NULL"
        if missing == ord("1")
        else (b"_binary'" if column.kind == "bytes" else b"'") + value.replace(b"'", b"''") + b"'"
        for missing, value, column in zip(nothing, values, columns, strict=True)
    ]
    return b"(" + b",".join(parts) + b")"


def _read(name: str, column: Column) -> str:
    """A value as it is read: a FLOAT with all its digits."""
    return f"{name} + 0e0" if column.kind == "float" else name


def _literal(name: str, column: Column) -> str:
    """A value as a literal of SQL."""
    if column.data_type == "bit":
        return f"CAST({name} + 0 AS CHAR)"
    if column.kind == "number":
        return f"CAST({name} AS CHAR)"
    if column.kind == "bytes":
        return f"CONCAT('X''', HEX({name}), '''')"
    if column.kind == "text":
        return f"CONCAT('_utf8mb4 X''', HEX(CONVERT({name} USING utf8mb4)), '''')"
    return f"QUOTE({name})"


def _also(link: Link) -> list[str]:
    return [link.where] if link.where else []


def _given(names: Iterable[str]) -> list[str]:
    return [f"{name} IS NOT NULL" for name in names]


def _is(name: str, columns: Sequence[str], values: Sequence[str]) -> str:
    pairs = zip(columns, values, strict=True)
    return " AND ".join(f"{name}.{column} = {value}" for column, value in pairs)


def _chunks(name: str, columns: Sequence[str], keys: Sequence[str]) -> Iterator[str]:
    """Conditions that choose rows with these keys, so many in each."""
    step = _CHUNK if len(columns) == 1 else _CHUNK // 5
    for start in range(0, len(keys), step):
        some = keys[start : start + step]
        if len(columns) == 1:
            yield f"{name}.{columns[0]} IN ({', '.join(some)})"
        else:
            yield " OR ".join(f"({_is(name, columns, key.split(chr(9)))})" for key in some)
