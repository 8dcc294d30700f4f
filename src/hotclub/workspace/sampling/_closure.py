"""Which rows a sample has, and that all which they name is in it.

1. Of a table with more rows than are wanted: half of them its newest by primary key, for they are
   what pages show first; the other half from all over it, or less if it is one of those of 3.
2. Whatever a row names is brought after it, over and over, until nothing is missing: to the one
   side only, so that a row brings its ancestors, not its siblings. A row that one other at most may
   name (one-to-one, a class that inherits) brings that one too, since code relies on it.
3. Rows that few in the sample name get some more of those that do, so that what Django calls
   reverse relations have several rows to loop over; what these name is brought, and gets its turn.
4. If a chain is longer than anybody would follow it is cut: NULL where that may be, else the row
   goes.

What is taken depends on the database alone: the same one gives the same sample.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Protocol

from hotclub.workspace.sampling._shape import Link, Shape, Table

PASSES = 100
CHILDREN = 3
"""Rows that a row gets which fewer name: several, which is what a loop needs."""
_PARENTS = 10
"""Rows of a table that get some at least, however small the sample."""
_ROUNDS = 2
_SPREAD = 6
"""One in so many is from all over a table that gets rows for others': alone a row is no loop."""


class Source(Protocol):
    """Where rows come from, and where to: the original's SQL, and the sample's.

    Each method answers how many rows it brought, or changed.
    """

    def has_more(self, tables: Sequence[Table], rows: int) -> Collection[str]:
        """Names of those tables of the original that have more than so many rows."""

    def whole(self, tables: Sequence[Table]) -> None:
        """Bring the others whole."""

    def some(self, table: Table, newest: int, spread: int) -> int:
        """Bring the newest rows of a table, and some from all over it."""

    def generic(self) -> Iterable[Link]:
        """The links that the generic keys of the rows in the sample come to."""

    def named(self, link: Link) -> int:
        """Bring the rows of the parent that rows of the child name and that are missing."""

    def naming(self, link: Link) -> int:
        """Bring the rows of the child that name a row of the parent, once for each of these."""

    def several(self, link: Link, parents: int, children: int) -> int:
        """For so many rows of the parent that fewer rows than ``children`` of the child name: bring
        as many more."""

    def cut(self, link: Link) -> int:
        """See to it that no row of the child names one that is not there."""

    def counted(self, tables: Sequence[Table]) -> dict[str, int]:
        """How many rows the sample has of these tables."""


def take(
    shape: Shape, rows: int, source: Source, tell: Callable[[str], None]
) -> tuple[dict[str, int], list[str]]:
    """Fill the sample; how many rows the tables have that were cut, and notes."""
    more = source.has_more(shape.tables, rows)
    short = [table for table in shape.tables if table.name in more]
    source.whole([table for table in shape.tables if table.name not in more])
    waiting = {link.child_table for link in _sought(shape.links, more)}
    for number, table in enumerate(short):
        tell(f"{number} of {len(short)} large tables")
        spread = rows // _SPREAD if table.name in waiting else rows // 2
        source.some(table, rows - rows // 2, spread)
    links = [
        link
        for link in (*shape.links, *source.generic())
        if {link.child_table, link.parent_table} & set(more)
    ]
    tell("the rows that these name")
    _close(links, more, source, {table.name for table in shape.tables})
    _children(links, more, rows, source)
    notes = _cut(links, source)
    return source.counted(short), notes


def _children(links: Iterable[Link], more: Collection[str], rows: int, source: Source) -> None:
    """Rows for those that nobody names, and what they name themselves."""
    sought = _sought(links, more)
    for _ in range(_ROUNDS):
        several = set()
        for link in sought:
            beside = sum(other.child_table == link.child_table for other in sought)
            parents = max(_PARENTS, rows // beside)
            if source.several(link, parents, CHILDREN):
                several.add(link.child_table)
        _close(links, more, source, several)


def _sought(links: Iterable[Link], more: Collection[str]) -> list[Link]:
    """Those by whose keys rows can be found that name a row, and are missing."""
    return [
        link
        for link in links
        if link.child_table in more and link.indexed and not link.single and not link.where
    ]


def _close(
    links: Iterable[Link], more: Collection[str], source: Source, changed: Collection[str]
) -> None:
    """Bring what is named, until nothing new comes; ``changed`` are tables with new rows."""
    for _ in range(PASSES):
        new: set[str] = set()
        for link in links:
            fresh = {*changed, *new}
            if link.parent_table in more and link.child_table in fresh and source.named(link):
                new.add(link.parent_table)
            if (
                link.single
                and link.child_table in more
                and link.parent_table in {*fresh, *new}
                and source.naming(link)
            ):
                new.add(link.child_table)
        if not new:
            return
        changed = new


def _cut(links: Iterable[Link], source: Source) -> list[str]:
    """Until each key that the database sees to leads somewhere; notes of what that took."""
    taken: dict[Link, int] = {}
    while True:
        found = {link: count for link in links if link.enforced and (count := source.cut(link))}
        if not found:
            break
        for link, count in found.items():
            taken[link] = taken.get(link, 0) + count
    return [_told(link, count) for link, count in taken.items()]


def _told(link: Link, count: int) -> str:
    what = f"{count:,} rows of {link.child}"
    if link.nullable:
        return (
            f"{what} have no {', '.join(link.nullable)}: the chain of rows was too long to follow"
        )
    return f"{what} were left out: the chain of rows that they name was too long to follow"
