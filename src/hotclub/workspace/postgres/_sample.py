"""The master of a database too big to copy: its whole schema, and a sample of its rows.

All is read at one moment. pg_dump brings what comes before rows, and the small tables; of the
others rows go by COPY from one server to the other; then pg_dump brings what comes after rows:
indexes, constraints, which PostgreSQL checks on all of them, triggers and the contents of
materialized views.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from hotclub.errors import HotclubError
from hotclub.workspace._piped import Half, piped
from hotclub.workspace.postgres import _dump
from hotclub.workspace.postgres import _link_sql as sql
from hotclub.workspace.postgres._binaries import Binaries
from hotclub.workspace.postgres._client import (
    ServerError,
    execute,
    first_error,
    literal,
    unreadable,
)
from hotclub.workspace.postgres._original import Original
from hotclub.workspace.postgres._shape import Catalogue, catalogue
from hotclub.workspace.postgres._snapshot import Snapshot, snapshot
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


def plan(original: Original, wanted: Wanted, limit: int) -> Plan[Catalogue] | None:
    """How, if at all.

    Raises:
        HotclubError: the catalogue cannot be read, or the sample would be too big itself.
    """
    if not wanted.wants(original.size, limit):
        return None
    try:
        known = catalogue(original)
    except ServerError as error:
        raise unreadable(original.address, error.said) from None
    return Plan.of(original.address.where, known, wanted, limit)


def fill(
    original: Original,
    planned: Plan[Catalogue],
    binaries: Binaries,
    environ: Mapping[str, str],
    tell: Callable[[str], None],
) -> tuple[Sampled, list[str]]:
    """Fill the empty database that ``environ`` names with a sample; what it is, and notes.

    Raises:
        HotclubError: the original cannot be read, or what arrived is not all of it.
    """
    where, known, rows = original.address.where, planned.known, planned.rows
    tables = known.shape.tables

    def said(what: str) -> None:
        tell(f"taking a sample of {where}: {what}")

    try:
        with snapshot(original, [table.name for table in tables]) as moment:
            source = Rows(original, known, moment, binaries, environ, tell, planned.size)
            have, notes = take(known.shape, rows, source, said)
            said("its indexes")
            source.finish()
    except ServerError as error:
        raise unreadable(original.address, error.said) from None
    notes = [f"{where}: {note}" for note in notes]
    if known.large_objects:
        notes.append(f"{where}: its {known.large_objects:,} large objects are not in the sample")
    notes += _dump.arrived(original, binaries, environ, source.errors)
    return Sampled.of(where, rows, tables, have), notes


@dataclass
class Rows:
    """Rows of one moment of an original, on their way into its sample."""

    original: Original
    known: Catalogue
    moment: Snapshot
    binaries: Binaries
    environ: Mapping[str, str]
    tell: Callable[[str], None]
    size: int
    errors: list[str] = field(default_factory=list)
    _asked: Asked = field(default_factory=Asked)

    def has_more(self, tables: Sequence[Table], rows: int) -> Collection[str]:
        """Those with more than so many rows, of which no more than these are looked at."""
        found = self.moment.read(
            f"SELECT {literal(table.name)} WHERE {rows} < "
            f"(SELECT count(*) FROM (SELECT FROM {self._only(table.name)} LIMIT {rows + 1}) s);"
            for table in tables
        )
        return set(found)

    def whole(self, tables: Sequence[Table]) -> None:
        """Everything before rows, and the rows of these tables."""
        kept = {part for table in tables for part in table.parts}
        parts = (part for table in self.known.shape.tables for part in table.parts)
        without = [f"--exclude-table-data={part}" for part in parts if part not in kept]
        self._transfer("--section=pre-data", "--section=data", "--no-blobs", *without)

    def finish(self) -> None:
        """Everything after rows."""
        self._transfer("--section=post-data")

    def some(self, table: Table, newest: int, spread: int) -> int:
        """Its newest rows, and some from all over it."""
        return self._bring(table.name, table, [sql.some(table, newest, spread, self._only)])

    def generic(self) -> Iterable[Link]:
        """Of columns named as Django's content types have them."""
        return [link for key in self.known.shape.kinds() for link in self._generic(key)]

    def named(self, link: Link) -> int:
        """Rows of the parent that are named and missing."""
        table = self.known.shape.table(link.parent_table)
        keys = self._asked.new(link, "named", self._here(sql.missing_parents(link)))
        return self._bring(link.parent, table, sql.parents(link, table, keys, self._only), True)

    def naming(self, link: Link) -> int:
        """Rows of the child that name one of the parent's."""
        keys = self._asked.new(link, "naming", self._here(sql.missing_children(link)))
        table = self.known.shape.table(link.child_table)
        return self._bring(link.child, table, sql.children(link, table, keys, self._only), True)

    def several(self, link: Link, parents: int, children: int) -> int:
        """Some rows of the child for some of the parent's."""
        table = self.known.shape.table(link.child_table)
        if not table.key:  # which rows are there could not be told
            return 0
        pairs = self._here(sql.with_few_children(link, table.key, children, parents))
        more = sql.more_children(link, table, pairs, self._only, children)
        return self._bring(link.child, table, more, True)

    def cut(self, link: Link) -> int:
        """Rows of the child that name nothing."""
        (count,) = self._here(sql.cut(link))
        return int(count)

    def counted(self, tables: Sequence[Table]) -> dict[str, int]:
        """How many rows these have in the sample."""
        counts = "\n".join(f"SELECT count(*) FROM {self._only(table.name)};" for table in tables)
        found = map(int, self._here(counts)) if tables else ()
        return {table.name: count for table, count in zip(tables, found, strict=True)}

    def _generic(self, key: Link) -> Iterable[Link]:
        """One for each kind of row that the rows of a table name by a generic key."""
        table = self.known.shape.table(key.child_table)
        column = generic_column(key.columns[0], table.columns)
        if column is None:
            return
        kinds = (
            f"SELECT DISTINCT t.{key.parent_columns[0]}, t.app_label, t.model FROM {key.child} c "
            f"JOIN {key.parent} t ON t.{key.parent_columns[0]} = c.{key.columns[0]} ORDER BY 1;"
        )
        schema = key.parent_table.rpartition(".")[0]
        for number, app, model in (line.split("|") for line in self._here(kinds)):
            parent = self.known.shape.find(f"{schema}.{app}_{model}")
            kind = self.known.key_types.get(parent.name, "") if parent else ""
            link = Link(
                key.child, (column,), parent.name if parent else "", parent.key if parent else (),
                key.child_table, parent.name if parent else "", enforced=False, types=("text",),
                parent_types=(kind,),
            )  # fmt: skip
            where = sql.generic(link, key.columns[0], number, kind)
            if parent and len(parent.key) == 1 and where:
                yield replace(link, where=where)

    def _only(self, name: str) -> str:
        return name if name in self.known.partitioned else f"ONLY {name}"

    def _here(self, statements: str) -> list[str]:
        """What the sample's server answers."""
        path = f"SET search_path = {self.known.search_path or literal('')};\n"
        try:
            return execute(self.binaries, self.environ, path + statements).splitlines()
        except ServerError as error:
            raise self._lost(error.said) from None

    def _transfer(self, *options: str) -> None:
        more = [f"--snapshot={self.moment.name}", *options]
        self.errors += _dump.transfer(
            self.original, self.binaries, self.environ, self.tell, self.size, more
        )

    def _bring(
        self, relation: str, table: Table, statements: Iterable[str], by_index: bool = False
    ) -> int:
        """Copy what queries of the original give into the sample; how many rows that is."""
        listed = list(statements)
        if not listed:
            return 0
        into = f"COPY {relation} ({', '.join(table.columns)}) FROM STDIN"
        with (
            tempfile.NamedTemporaryFile("w") as script,
            tempfile.TemporaryFile("w+") as said,
            tempfile.TemporaryFile("w+") as refused,
            tempfile.TemporaryFile("w+") as printed,
        ):
            script.write(self.moment.script(listed, by_index))
            script.flush()
            reading = [self.original.binaries.program("psql"), "-XqAtw", "-f", script.name]
            writing = [self.binaries.program("psql"), "-XAtw", "-c", into]
            stop = ("-v", "ON_ERROR_STOP=1")
            read, written = piped(
                Half([*reading, *stop], self.original.address.variables(), said),
                Half([*writing, *stop], self.environ, refused, printed),
                lambda: None,
            )
            for file in (said, refused, printed):
                file.seek(0)
            if read:
                raise ServerError(first_error(said.read()))
            if written:
                raise self._lost(first_error(refused.read()))
            return int(printed.read().rpartition(" ")[2] or 0)

    def _lost(self, said: str) -> HotclubError:
        return HotclubError(f"the sample of {self.original.address.where} is not whole: {said}")
