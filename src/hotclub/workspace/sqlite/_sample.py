"""The master of an SQLite database too big to copy: its whole schema, and a sample of its rows.

The original is attached read only, at one moment; rows go from one file to the other in one
statement. Triggers and views are made once the rows are there.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from hotclub.workspace.sampling import Link, Sampled, Table, Wanted, generic_column, take
from hotclub.workspace.sqlite._shape import Known, identifier, known

_KEPT = ("page_size", "encoding", "auto_vacuum", "user_version", "application_id")
_FAST = ("foreign_keys = OFF", "journal_mode = OFF", "synchronous = OFF")


def sample(
    source: Path, uri: str, target: Path, wanted: Wanted, limit: int, tell: Callable[[str], None]
) -> tuple[Sampled, list[str]]:
    """Take a sample of the database that can be read, at one moment, by ``uri``; what it is, and
    notes.

    Raises:
        HotclubError: the sample would be too big itself.
        sqlite3.Error: the original cannot be read.
    """
    with contextlib.closing(
        sqlite3.connect(f"file:{quote(str(target))}", uri=True, isolation_level=None)
    ) as connection:
        connection.execute("ATTACH ? AS original", (uri,))
        found = known(connection, source.stat().st_size)
        tables = found.shape.tables
        rows, _ = wanted.share(str(source), tables, limit)
        _prepare(connection)
        have, notes = take(
            found.shape,
            rows,
            Rows(connection, found),
            lambda what: tell(f"taking a sample of {source}: {what}"),
        )
        _finish(connection)
    taken = Sampled.of(str(source), rows, tables, have, lambda name: name.strip('"'))
    return taken, [f"{source}: {note}" for note in notes]


def _prepare(connection: sqlite3.Connection) -> None:
    """The file's own settings, and empty tables with their indexes: rows are looked for by them."""
    for pragma in _KEPT:
        (value,) = connection.execute(f"PRAGMA original.{pragma}").fetchone()
        connection.execute(f"PRAGMA main.{pragma} = '{value}'")
    for setting in _FAST:
        connection.execute(f"PRAGMA main.{setting}").fetchall()
    connection.execute("BEGIN")
    for sql in _definitions(connection, "table"):
        if not sql.upper().startswith("CREATE VIRTUAL"):
            connection.execute(sql)
    for sql in _definitions(connection, "index"):
        connection.execute(sql)


def _finish(connection: sqlite3.Connection) -> None:
    """What stands on the tables. A virtual table is written down, not made: that would need what
    makes it, and its contents are there."""
    for kind in ("view", "trigger"):
        for sql in _definitions(connection, kind):
            connection.execute(sql)
    connection.execute("PRAGMA writable_schema = ON")
    connection.execute(
        "INSERT INTO main.sqlite_master SELECT type, name, tbl_name, 0, sql "
        "FROM original.sqlite_master WHERE type = 'table' AND upper(sql) LIKE 'CREATE VIRTUAL%'"
    )
    counters = "SELECT count(*) FROM main.sqlite_master WHERE name = 'sqlite_sequence'"
    if connection.execute(counters).fetchone()[0]:
        connection.execute("DELETE FROM main.sqlite_sequence")
        connection.execute(
            "INSERT INTO main.sqlite_sequence SELECT * FROM original.sqlite_sequence"
        )
    connection.execute("COMMIT")


def _definitions(connection: sqlite3.Connection, kind: str) -> list[str]:
    found = connection.execute(
        "SELECT sql FROM original.sqlite_master WHERE type = ? AND sql IS NOT NULL "
        "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid",
        (kind,),
    )
    return [sql for (sql,) in found.fetchall()]


@dataclass(frozen=True)
class Rows:
    """Rows of the database ``original``, on their way into ``main``."""

    connection: sqlite3.Connection
    known: Known

    def has_more(self, tables: Sequence[Table], rows: int) -> Collection[str]:
        """Those with more than so many rows, of which no more than these are looked at."""
        counted = "SELECT count(*) FROM (SELECT 1 FROM original.{} LIMIT {})"
        return {
            table.name
            for table in tables
            if table.name not in self.known.whole
            and self._number(counted.format(table.name, rows + 1)) > rows
        }

    def whole(self, tables: Sequence[Table]) -> None:
        """All their rows."""
        for table in tables:
            self._bring(table, f"original.{table.name} t")

    def some(self, table: Table, newest: int, spread: int) -> int:
        """Its newest rows, and some at even distances of those before."""
        if table.name in self.known.without_rowid:
            order = ", ".join(f"{column} DESC" for column in table.key)
            return self._bring(
                table, f"original.{table.name} t ORDER BY {order} LIMIT {newest + spread}"
            )
        name = f"original.{table.name}"
        last = f"SELECT rowid FROM {name} ORDER BY rowid DESC LIMIT {newest}"
        first, end = self.connection.execute(
            f"SELECT (SELECT min(rowid) FROM {name}), min(rowid) FROM ({last})"
        ).fetchone()
        nearest = f"SELECT min(rowid) FROM {name} WHERE rowid >= {first} + {end - first} * n / "
        steps = f"WITH s (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n + 1 < {spread})"
        evenly = f"{steps} SELECT ({nearest}{max(1, spread)}) FROM s"
        return self._bring(
            table, f"{name} t WHERE rowid IN ({last}) OR rowid IN ({evenly})" if spread > 0 else
            f"{name} t WHERE rowid IN ({last})",
        )  # fmt: skip

    def generic(self) -> Iterable[Link]:
        """Of columns named as Django's content types have them."""
        return [link for key in self.known.shape.kinds() for link in self._generic(key)]

    def named(self, link: Link) -> int:
        """Rows of the parent that are named and missing."""
        keys = self._keys("c", link.columns, f"main.{link.child} c", self._nowhere(link))
        return self._bring(
            self.known.shape.table(link.parent_table),
            f"{keys} CROSS JOIN original.{link.parent} t ON {_on(link.parent_columns)}",
        )

    def naming(self, link: Link) -> int:
        """Rows of the child that name one of the parent's."""
        keys = self._keys("p", link.parent_columns, f"main.{link.parent} p", self._unnamed(link))
        return self._bring(
            self.known.shape.table(link.child_table),
            f"{keys} CROSS JOIN original.{link.child} t ON {_on(link.columns)}",
        )

    def several(self, link: Link, parents: int, children: int) -> int:
        """Some rows of the child for some of the parent's."""
        table = self.known.shape.table(link.child_table)
        if not table.key:  # which rows are there could not be told
            return 0
        listed = ", ".join(f"p.{column}" for column in link.parent_columns)
        order = listed
        if link.parent_table not in self.known.without_rowid:
            order = "(p.rowid * 2654435761) % 4294967296, p.rowid"
        keys = self.connection.execute(
            f"SELECT {listed} FROM main.{link.parent} p WHERE {children} > "
            f"(SELECT count(*) FROM main.{link.child} c WHERE {_same(link)}) "
            f"ORDER BY {order} LIMIT {parents}"
        ).fetchall()
        where = " AND ".join(f"t.{column} = ?" for column in link.columns)
        there = " AND ".join(f"c.{column} = t.{column}" for column in table.key)
        found = (
            f"original.{link.child} t WHERE {where} AND NOT EXISTS "
            f"(SELECT 1 FROM main.{link.child} c WHERE {there}) LIMIT {children}"
        )
        return sum(self._bring(table, found, key) for key in keys)

    def cut(self, link: Link) -> int:
        """Rows of the child that name what only the original has."""
        there = f"EXISTS (SELECT 1 FROM original.{link.parent} p WHERE {_same(link)})"
        what = f"DELETE FROM main.{link.child} AS c"
        if link.nullable:
            nothing = ", ".join(f"{column} = NULL" for column in link.nullable)
            what = f"UPDATE main.{link.child} AS c SET {nothing}"
        return self.connection.execute(f"{what} WHERE {self._nowhere(link)} AND {there}").rowcount

    def counted(self, tables: Sequence[Table]) -> dict[str, int]:
        """How many rows these have in the sample."""
        return {
            table.name: self._number(f"SELECT count(*) FROM main.{table.name}") for table in tables
        }

    def _generic(self, key: Link) -> Iterator[Link]:
        """One for each kind of row that the rows of a table name by a generic key."""
        table = self.known.shape.table(key.child_table)
        column = generic_column(key.columns[0].strip('"'), [c.strip('"') for c in table.columns])
        if column is None:
            return
        mine, number = identifier(column), key.parent_columns[0]
        kinds = self.connection.execute(
            f"SELECT DISTINCT t.{number}, t.app_label || '_' || t.model FROM main.{key.child} c "
            f"JOIN main.{key.parent} t ON t.{number} = c.{key.columns[0]} ORDER BY 1"
        ).fetchall()
        for kind, name in kinds:
            parent = self.known.shape.find(identifier(name))
            if parent is None or len(parent.key) != 1 or not isinstance(kind, int):
                continue
            where = f"c.{key.columns[0]} = {kind}"
            if "int" in self.known.key_types[parent.name]:
                where += f" AND c.{mine} NOT GLOB '*[^0-9]*'"
            yield Link(
                key.child, (mine,), parent.name, parent.key, key.child_table, parent.name,
                enforced=False, where=where,
            )  # fmt: skip

    def _nowhere(self, link: Link) -> str:
        """That ``c`` names what the sample lacks."""
        parts = [f"c.{column} IS NOT NULL" for column in link.columns]
        parts += [link.where] if link.where else []
        parts.append(f"NOT EXISTS (SELECT 1 FROM main.{link.parent} p WHERE {_same(link)})")
        return " AND ".join(parts)

    def _unnamed(self, link: Link) -> str:
        """That nothing in the sample names ``p``."""
        return f"NOT EXISTS (SELECT 1 FROM main.{link.child} c WHERE {_same(link)})"

    def _keys(self, name: str, columns: Sequence[str], of: str, where: str) -> str:
        listed = ", ".join(f"{name}.{column} AS k{n}" for n, column in enumerate(columns))
        return f"(SELECT DISTINCT {listed} FROM {of} WHERE {where}) k"

    def _number(self, sql: str) -> int:
        return int(self.connection.execute(sql).fetchone()[0])

    def _bring(self, table: Table, found: str, values: Sequence[object] = ()) -> int:
        """Insert what is ``found`` in the original, called ``t``; how many rows that is."""
        columns = ", ".join(table.columns)
        wanted = ", ".join(f"t.{column}" for column in table.columns)
        sql = f"INSERT INTO main.{table.name} ({columns}) SELECT {wanted} FROM {found}"
        return self.connection.execute(sql, values).rowcount


def _same(link: Link) -> str:
    pairs = zip(link.parent_columns, link.columns, strict=True)
    return " AND ".join(f"p.{theirs} = c.{mine}" for theirs, mine in pairs)


def _on(columns: Sequence[str]) -> str:
    return " AND ".join(f"t.{column} = k.k{n}" for n, column in enumerate(columns))
