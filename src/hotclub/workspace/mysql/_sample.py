"""The master of a database too big to copy: its whole schema, and a sample of its rows.

``mariadb-dump`` brings the tables without rows; these are read in one transaction, as texts that
mean the same on every server, and written by statements of many rows; then ``mariadb-dump`` brings
what stands on the tables. The server does not look at foreign keys meanwhile, nor afterwards: that
each leads somewhere is for :mod:`hotclub.workspace.sampling` to see to.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import TypeVar

from hotclub.errors import HotclubError
from hotclub.workspace.mysql import _dump
from hotclub.workspace.mysql._client import Client, ServerError, identifier, unreadable
from hotclub.workspace.mysql._link_sql import Sql, loaded
from hotclub.workspace.mysql._load import load
from hotclub.workspace.mysql._original import Original
from hotclub.workspace.mysql._shape import Known, known
from hotclub.workspace.mysql._snapshot import Moment, Unread, snapshot
from hotclub.workspace.sampling import (
    Asked,
    Link,
    Plan,
    Sampled,
    Table,
    Wanted,
    generic_column,
    take,
)

T = TypeVar("T")

_INTEGERS = ("tinyint", "smallint", "mediumint", "int", "bigint")
_HERE = (
    "SET SESSION foreign_key_checks = 0, unique_checks = 0, time_zone = '+00:00', "
    "sql_mode = 'NO_AUTO_VALUE_ON_ZERO', group_concat_max_len = 1048576;\n"
)
"""As a dump has them."""
_DIVES = 100
"""Places in a table that one statement looks up."""


def plan(original: Original, wanted: Wanted, limit: int) -> Plan[Known] | None:
    """How, if at all.

    Raises:
        HotclubError: the catalogue cannot be read, or the sample would be too big itself.
    """
    if not wanted.wants(original.size, limit):
        return None
    try:
        found = known(original)
    except ServerError as error:
        raise unreadable(original.address, error) from None
    return Plan.of(original.address.where, found, wanted, limit)


def fill(
    original: Original, planned: Plan[Known], to: Client, database: str, tell: Callable[[str], None]
) -> tuple[Sampled, list[str]]:
    """Fill an empty database with a sample; what it is, and notes.

    Raises:
        HotclubError: the original cannot be read, or what arrived is not all of it.
    """
    where, shape = original.address.where, planned.known.shape

    def said(what: str) -> None:
        tell(f"taking a sample of {where}: {what}")

    try:
        with snapshot(original) as moment:
            _dump.structure(original, to, database)
            source = Rows(where, planned.known, moment, to, database)
            have, notes = take(shape, planned.rows, source, said)
    except ServerError as error:
        raise unreadable(original.address, error) from None
    notes = [f"{where}: {note.replace('`', '')}" for note in notes]
    notes += _dump.stand_on(original, to, database)
    sampled = Sampled.of(where, planned.rows, shape.tables, have, lambda name: name.strip("`"))
    return sampled, notes


@dataclass
class Rows:
    """Rows of one moment of an original, on their way into its sample."""

    where: str
    known: Known
    moment: Moment
    to: Client
    database: str
    _asked: Asked = field(default_factory=Asked)
    _nowhere: dict[Link, Collection[str]] = field(default_factory=dict)
    """Keys that were asked for and did not come: the original has no such rows either."""

    @property
    def sql(self) -> Sql:
        """What is asked."""
        return Sql(self.known)

    def has_more(self, tables: Sequence[Table], rows: int) -> Collection[str]:
        """Those with more than so many rows, of which no more than these are looked at."""
        counted = "SELECT COUNT(*) FROM (SELECT 1 FROM {} LIMIT {}) s;"
        return {
            table.name
            for table in tables
            if self._number(counted.format(table.name, rows + 1)) > rows
        }

    def whole(self, tables: Sequence[Table]) -> None:
        """All their rows."""
        for table in tables:
            self._bring(table, [self.sql.rows(table, ";")])

    def some(self, table: Table, newest: int, spread: int) -> int:
        """Its newest rows, and some at even distances of those before; where the key is no whole
        number, from both ends of it; without a key the first."""
        if not table.key:
            return self._bring(table, [self.sql.rows(table, f"LIMIT {newest + spread};")])
        if self._is_counted(table):
            return self._evenly(table, newest, spread)
        columns = [f"t.{name}" for name in table.key]
        newest, spread = newest + spread - spread // 2, spread // 2
        last = f"ORDER BY {', '.join(f'{name} DESC' for name in columns)} LIMIT {newest};"
        first = f"ORDER BY {', '.join(columns)} LIMIT {spread};"
        # The table has more rows than both together: none is in both.
        return self._bring(table, [self.sql.rows(table, last), self.sql.rows(table, first)])

    def generic(self) -> Iterable[Link]:
        """Of columns named as Django's content types have them."""
        return [link for key in self.known.shape.kinds() for link in self._generic(key)]

    def named(self, link: Link) -> int:
        """Rows of the parent that are named and missing."""
        keys = self._asked.new(link, "named", self._missing(link))
        table = self.known.shape.table(link.parent_table)
        count = self._bring(table, self.sql.parents(link, keys))
        if count != len(keys):
            self._nowhere[link] = frozenset(self._missing(link))
        return count

    def naming(self, link: Link) -> int:
        """Rows of the child that name one of the parent's."""
        keys = self._asked.new(link, "naming", self._here(self.sql.missing_children(link)))
        table = self.known.shape.table(link.child_table)
        return self._bring(table, self.sql.children(link, keys))

    def several(self, link: Link, parents: int, children: int) -> int:
        """Some rows of the child for some of the parent's."""
        table = self.known.shape.table(link.child_table)
        if not table.key:  # which rows are there could not be told
            return 0
        found = self._here(self.sql.with_few_children(link, table.key, children, parents))
        return self._bring(table, self.sql.more_children(link, found, children))

    def cut(self, link: Link) -> int:
        """Rows of the child that name what only the original has."""
        nowhere = self._nowhere.get(link, ())
        keys = [key for key in self._missing(link) if key not in nowhere]
        return sum(int(line) for sql in self.sql.cut(link, keys) for line in self._here(sql))

    def counted(self, tables: Sequence[Table]) -> dict[str, int]:
        """How many rows these have in the sample."""
        counts = "\n".join(f"SELECT COUNT(*) FROM {table.name};" for table in tables)
        found = map(int, self._here(counts)) if tables else ()
        return {table.name: count for table, count in zip(tables, found, strict=True)}

    def _generic(self, key: Link) -> Iterator[Link]:
        """One for each kind of row that the rows of a table name by a generic key."""
        table = self.known.shape.table(key.child_table)
        (own,) = key.columns
        column = generic_column(own.strip("`"), [name.strip("`") for name in table.columns])
        if column is None:
            return
        (number,) = key.parent_columns
        kinds = (
            f"SELECT DISTINCT t.{number}, CONCAT(t.app_label, '_', t.model) FROM {key.child} c "
            f"JOIN {key.parent} t ON t.{number} = c.{own} ORDER BY 1;"
        )
        for kind, name in (line.split("\t") for line in self._here(kinds)):
            parent = self.known.shape.find(identifier(name))
            if parent is None or len(parent.key) != 1:
                continue
            ends = (key.child, (identifier(column),), parent.name, parent.key)
            where = self.sql.generic(Link(*ends, parent_table=parent.name), own, kind)
            if where is not None:
                yield Link(*ends, key.child_table, parent.name, enforced=False, where=where)

    def _is_counted(self, table: Table) -> bool:
        types = [column.data_type for column in self.known.of(table.name, table.key)]
        return len(types) == 1 and types[0] in _INTEGERS

    def _evenly(self, table: Table, newest: int, spread: int) -> int:
        """By a key that is a whole number."""
        (key,) = table.key
        last = f"SELECT {key} FROM {table.name} ORDER BY {key} DESC LIMIT {newest}"
        ends = f"SELECT (SELECT MIN({key}) FROM {table.name}), MIN(s.{key}) FROM ({last}) s;"
        ((first, end),) = (map(int, line.split(b"\t")) for line in self.moment.lines(ends))
        steps = [first + (end - first) * n // max(1, spread) for n in range(spread)]
        nearest = [f"SELECT MIN({key}) FROM {table.name} WHERE {key} >= {step}" for step in steps]
        dives = (
            " UNION ".join(nearest[start : start + _DIVES]) + ";"
            for start in range(0, len(nearest), _DIVES)
        )
        found = sorted({int(line) for line in self.moment.all_lines(dives)} - {end})
        itself = Link(table.name, table.key, table.name, table.key, table.name, table.name)
        return self._bring(
            table,
            [
                self.sql.rows(table, f"WHERE t.{key} >= {end};"),
                *self.sql.parents(itself, [str(one) for one in found if one < end]),
            ],
        )

    def _missing(self, link: Link) -> list[str]:
        return self._here(self.sql.missing_parents(link))

    def _number(self, statement: str) -> int:
        (line,) = self.moment.lines(statement)
        return int(line)

    def _bring(self, table: Table, statements: Iterable[str]) -> int:
        """Copy what queries of the original give into the sample; how many rows that is."""
        lines = self.moment.all_lines(statements)
        first = next(lines, None)
        if first is None:
            return 0
        columns = self.known.of(table.name, table.columns)
        rows = (loaded(line, columns) for line in chain([first], lines))
        into = f"INSERT INTO {table.name} ({', '.join(table.columns)})"
        return self._told(lambda: load(self.to, self.database, _HERE, into, rows))

    def _here(self, statements: str) -> list[str]:
        """What the sample's server answers."""
        return self._told(lambda: self.to.run(_HERE + statements, self.database).splitlines())

    def _told(self, what: Callable[[], T]) -> T:
        """What is done on the sample's server, whose refusals are not the original's."""
        try:
            return what()
        except Unread:
            raise
        except ServerError as error:
            raise HotclubError(f"the sample of {self.where} is not whole: {error.said}") from None
