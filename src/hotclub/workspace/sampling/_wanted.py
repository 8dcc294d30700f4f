"""What is asked for where a database is to be sampled, and whether that can be had."""

from __future__ import annotations

from dataclasses import dataclass

from hotclub.errors import HotclubError

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


def check_sample(where: str, rows: int, size: int, limit: int) -> None:
    """See to it that a sample of ``rows`` rows of each table, of about ``size`` bytes, is not too
    big itself.

    Raises:
        HotclubError: it is, with what can be done.
    """
    if size > limit:
        raise HotclubError(
            f"a sample of {where} with {rows:,} rows of each table holds about {size >> 20:,} MiB, "
            f"more than the {limit >> 20:,} MiB that hotclub copies unasked; give --sample-rows a "
            "smaller number, or set HOTCLUB_DATABASE_LIMIT higher"
        )
