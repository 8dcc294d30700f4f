"""What must be known of a database's tables, and of what names what, to take some of their rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

CONTENT_TYPES = "django_content_type"


@dataclass(frozen=True)
class Table:
    """A table that holds rows; one in partitions is one table."""

    name: str
    """As the database quotes it, with its schema."""
    columns: tuple[str, ...]
    """Those that can be written, quoted."""
    key: tuple[str, ...] = ()
    """The columns of its primary key, quoted; none where it has none."""
    rows: int = 0
    """About how many there are."""
    bytes: int = 0
    """With its indexes."""
    parts: tuple[str, ...] = ()
    """The tables that hold its rows: its partitions, else itself."""


@dataclass(frozen=True)
class Link:
    """Rows of ``child`` name rows of ``parent``: a foreign key, or the half of a generic one.

    ``child`` and ``parent`` are relations as the constraint has them; ``child_table`` and
    ``parent_table`` the tables that they are, or are partitions of.
    """

    child: str
    columns: tuple[str, ...]
    parent: str
    parent_columns: tuple[str, ...]
    child_table: str = ""
    parent_table: str = ""
    single: bool = False
    """Whether a row is named by one row at most: one-to-one, and a class that inherits."""
    indexed: bool = False
    """Whether the rows that name one row are found without reading all."""
    nullable: tuple[str, ...] = ()
    """Those of ``columns`` that can be NULL, and then name nothing."""
    enforced: bool = True
    """Whether the database sees to it that what is named is there."""
    where: str = ""
    """Of a generic key: a condition on the rows ``c`` of ``child`` that name one of ``parent``."""
    types: tuple[str, ...] = ()
    """Of ``columns``, as the database writes them."""
    parent_types: tuple[str, ...] = ()
    """Of ``parent_columns``."""


@dataclass(frozen=True)
class Shape:
    """All tables and links of a database."""

    tables: tuple[Table, ...]
    links: tuple[Link, ...] = ()

    def kinds(self) -> Iterator[Link]:
        """Keys that name one of Django's content types: each may be the half of a generic key."""
        for link in self.links:
            bare = link.parent_table.rpartition(".")[2].strip('"`')
            if bare == CONTENT_TYPES and len(link.columns) == 1:
                yield link

    def find(self, name: str) -> Table | None:
        """The table of this name, if there is one."""
        return next((table for table in self.tables if table.name == name), None)

    def table(self, name: str) -> Table:
        """The table that a link speaks of."""
        found = self.find(name)
        assert found is not None, name
        return found


def generic_column(type_column: str, columns: Iterable[str]) -> str | None:
    """The column that goes with one for a content type to name a row of any table.

    Nothing in a database says so: it is read off the names, as Django's applications have them.
    """
    begin, found, end = type_column.rpartition("content_type_id")
    if not found or end:
        return None
    names = [f"{begin}{name}" for name in ("object_id", "object_pk", *(["id"] if begin else []))]
    return next((name for name in names if name in columns), None)
