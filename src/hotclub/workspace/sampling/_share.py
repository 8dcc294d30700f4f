"""How many rows of each table a sample has, so that all of it keeps to a size."""

from __future__ import annotations

from collections.abc import Sequence

from hotclub.workspace.sampling._shape import Table

LEAST = 100
"""Rows of a table that are taken however big they are: fewer show nothing."""
_FOLLOWING = 4
"""How much larger a sample may become by the rows that its rows name, and that name them."""


def rows_for(tables: Sequence[Table], budget: int) -> int:
    """So many rows of each table, small ones whole, hold about so many bytes: two figures of it."""
    budget //= _FOLLOWING
    most = max((table.rows for table in tables), default=LEAST)
    low, high = LEAST, max(LEAST, most)
    while low < high:
        middle = (low + high + 1) // 2
        if _bytes(tables, middle) <= budget:
            low = middle
        else:
            high = middle - 1
    return _rounded(low)


def expected(tables: Sequence[Table], rows: int) -> int:
    """About how many bytes a sample of so many rows has."""
    whole = sum(table.bytes for table in tables)
    return min(whole, _bytes(tables, rows) * _FOLLOWING)


def _bytes(tables: Sequence[Table], rows: int) -> int:
    return sum(
        table.bytes if table.rows <= rows else table.bytes * rows // table.rows for table in tables
    )


def _rounded(number: int) -> int:
    """Down, to two figures."""
    unit: int = 10 ** max(0, len(str(number)) - 2)
    return number // unit * unit
