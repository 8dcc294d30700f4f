"""The table at the end of a bench, and the same as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from hotclub.bench._compare import GUNICORN_AFTER, GUNICORN_BEFORE, HOTCLUB_AFTER, SERVERS, Row


def table(rows: Sequence[Row]) -> Table:
    """One row for each page."""
    made = Table(title="before → after", title_justify="left", pad_edge=False, box=box.SIMPLE_HEAD)
    made.add_column("page", overflow="fold", min_width=28)
    for name in (
        "queries",
        "ms",
        "req/s\ngunicorn\nbefore",
        "req/s\ngunicorn\nafter",
        "req/s\nhotclub\nafter",
        "ratio",
    ):
        made.add_column(name, justify="right")
    for row in rows:
        made.add_row(
            Text(row.label),
            f"{row.queries[0]} → {row.queries[1]}",
            f"{row.milliseconds[0]:.1f} → {row.milliseconds[1]:.1f}",
            *(_rate(row, server) for server in (GUNICORN_BEFORE, GUNICORN_AFTER, HOTCLUB_AFTER)),
            f"{row.ratio:.1f}×",
        )
    return made


def _rate(row: Row, server: str) -> str:
    rate = row.rates[server].median
    return f"{rate:,.1f}" if rate < 100 else f"{rate:,.0f}"


def as_json(rows: Sequence[Row]) -> dict[str, Any]:
    """``hotclub.bench/1``: every round of every server, so that others can reckon anew."""
    return {
        "schema": "hotclub.bench/1",
        "pages": [
            {
                "page": row.label,
                "queries": {"before": row.queries[0], "after": row.queries[1]},
                "ms": {"before": row.milliseconds[0], "after": row.milliseconds[1]},
                "requests_per_second": {name: list(row.rates[name].rounds) for name in SERVERS},
                "ratio": row.ratio,
            }
            for row in rows
        ],
    }
