"""What is asked for where a database is to be sampled, and whether that can be had."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hotclub.errors import HotclubError
from hotclub.workspace.sampling._shape import Table
from hotclub.workspace.sampling._share import expected, rows_for

SAMPLE_BYTES = 1 << 30
"""A sample's size where nobody says how many rows it is to have."""


@dataclass(frozen=True)
class Wanted:
    """That databases are sampled: those too big to copy, or with ``rows`` all of them, each table
    that has more cut to about so many."""

    rows: int | None = None

    def wants(self, size: int, limit: int) -> bool:
        """Whether a database of so many bytes is sampled."""
        return self.rows is not None or size > limit

    def budget(self, limit: int) -> int:
        """How many bytes a sample may have where its rows are not given."""
        return min(SAMPLE_BYTES, limit)

    def share(self, where: str, tables: Sequence[Table], limit: int) -> tuple[int, int]:
        """How many rows of each table a sample of the database ``where`` has, and about how many
        bytes it holds.

        Raises:
            HotclubError: more than ``limit``; with what can be done.
        """
        rows = self.rows or rows_for(tables, self.budget(limit))
        size = expected(tables, rows)
        if size > limit:
            raise HotclubError(
                f"a sample of {where} with {rows:,} rows of each table holds about "
                f"{size >> 20:,} MiB, more than the {limit >> 20:,} MiB that hotclub copies "
                "unasked; give --sample-rows a smaller number, or set HOTCLUB_DATABASE_LIMIT higher"
            )
        return rows, size
