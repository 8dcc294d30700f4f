"""The table of a bench says what was measured, and a page's address is no markup."""

from __future__ import annotations

import io

from rich.console import Console

from hotclub.bench._compare import SERVERS, Row
from hotclub.bench._measure import Rates
from hotclub.bench._table import table


def test_table() -> None:
    rates = {name: Rates((rate, rate)) for name, rate in zip(SERVERS, (20, 40, 100), strict=True)}
    out = io.StringIO()
    row = Row("GET /a/?in=[red]", (51, 2), (40.0, 8.0), rates)
    Console(file=out, width=120).print(table([row]))
    for words in ("GET /a/?in=[red]", "51 → 2", "40.0 → 8.0", "20.0", "100", "5.0×"):
        assert words in out.getvalue()
