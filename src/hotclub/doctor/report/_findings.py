"""The findings: a table, then each expression with all that is known of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from hotclub.doctor.finding import Finding
from hotclub.doctor.report import _words
from hotclub.doctor.report._source import excerpt
from hotclub.doctor.report._spots import Spot

WIDE = 90
"""Columns from which the table has room for everything."""
_SQL_LENGTH = 240
_REQUESTS_SHOWN = 3
_STORIES_SHOWN = 6


def table(spots: Sequence[Spot], console: Console) -> Table:
    """One line for each expression, most costly first."""
    wide = console.width >= WIDE
    grid = Table(box=None, pad_edge=False, header_style="bold", expand=False)
    grid.add_column("#", justify="right", style="dim")
    grid.add_column("code", style="cyan", min_width=5, max_width=8)
    grid.add_column("expression", overflow="fold", ratio=3)
    grid.add_column("what", overflow="fold", ratio=4)
    grid.add_column("ms", justify="right", no_wrap=True)
    grid.add_column("queries\nsaved" if wide else "saved", justify="right")
    if wide:
        grid.add_column("rows\nread", justify="right")
        grid.add_column("rows in\ntable", justify="right")
    for number, spot in enumerate(spots, 1):
        grid.add_row(*_cells(number, spot, wide))
    return grid


def _cells(number: int, spot: Spot, wide: bool) -> list[str | Text]:
    first = spot.findings[0]
    cells: list[str | Text] = [
        str(number),
        spot.codes[0]
        if len(spot.codes) == 1
        else f"{spot.findings[0].code} +{len(spot.codes) - 1}",
        Text(str(spot.place)) if spot.place else Text(_fallback(first), style="dim"),
        _words.what(spot.findings),
        _words.milliseconds(spot.cost_ms) if spot.measured else "?",
        _words.number(sum(finding.queries_saved for finding in spot.findings)),
    ]
    if wide:
        rows = sum(finding.evidence.rows for finding in spot.findings)
        cells += [f"{rows:,}", _tables(spot)]
    return cells


def _fallback(finding: Finding) -> str:
    """Where to look when the expression is unknown: what triggered it."""
    return f"? ({finding.trigger[0]})" if finding.trigger else "?"


def _tables(spot: Spot) -> str:
    """Rows of the tables that were read from, each counted once."""
    known = {
        finding.evidence.model: finding.evidence.table_rows
        for finding in spot.findings
        if finding.evidence.table_rows is not None
    }
    return f"{sum(known.values()):,}" if known else "?"


def details(
    number: int, spot: Spot, tree: Path, console: Console, everything: bool
) -> RenderableType:
    """One expression: where, what it makes slow, an example, the remedy."""
    text = Text()
    text.append(f"{number}. ", style="dim")
    heading = _words.name(spot.place) if spot.place else "expression unknown"
    text.append(f"{heading}\n", style="bold")
    for line in _lines(spot, tree, console, everything):
        text.append_text(line)
        text.append("\n")
    text.rstrip()
    return Padding(text, (1, 0, 0, 0))


def _lines(spot: Spot, tree: Path, console: Console, everything: bool) -> Iterator[Text]:
    marker = ">" if console.options.ascii_only else "▸"
    place = spot.place or next(iter(spot.findings[0].trigger), None)
    source = excerpt(tree, place, marker) if place else Text()
    if source.plain:
        yield source
    shown = spot.findings if everything else spot.findings[:_STORIES_SHOWN]
    for finding in shown:
        yield from _story(finding)
    if len(shown) < len(spot.findings):
        yield Text(f"   … and {len(spot.findings) - len(shown)} more")
    yield from _evidence(spot)
    yield from _verdict(spot)


def _story(finding: Finding) -> Iterator[Text]:
    line = Text("   ").append(finding.code, style="cyan").append(f" {_words.story(finding)}")
    yield line
    if finding.trigger:
        yield Text(f"         at {_words.name(finding.trigger[0])}", style="dim")


def _evidence(spot: Spot) -> Iterator[Text]:
    evidence = spot.findings[0].evidence
    if evidence.sql:
        sql = " ".join(evidence.sql.split())
        short = sql if len(sql) <= _SQL_LENGTH else sql[: _SQL_LENGTH - 3] + "..."
        yield Text("   for example ", style="dim").append(short, style="green not dim")
    requests = list(dict.fromkeys(r for f in spot.findings for r in f.evidence.requests))
    shown = ", ".join(requests[:_REQUESTS_SHOWN])
    left = len(requests) - _REQUESTS_SHOWN
    yield Text("   seen in ", style="dim").append(
        f"{shown} and {left} more" if left > 0 else shown, style="not dim"
    )


def _verdict(spot: Spot) -> Iterator[Text]:
    answerable = spot.answerable if spot.place else ()
    if answerable:
        call = _words.remedy(answerable)
        yield Text("   Add ").append(call, style="bold green").append(f" {_gain(answerable)}")
    for reason in dict.fromkeys(_obstacle(finding) for finding in spot.findings):
        if reason:
            yield Text(f"   {reason}", style="yellow")


def _obstacle(finding: Finding) -> str:
    if finding.stale:
        return "The file has changed since it was recorded: record again."
    if not finding.reason:
        return ""
    return f"No edit for {_words.relation(finding)}: {finding.reason}."


def _gain(findings: Sequence[Finding]) -> str:
    saved = _words.number(sum(finding.queries_saved for finding in findings))
    cost = sum(finding.cost_ms for finding in findings)
    if not any(finding.measured for finding in findings):
        return f"to save {saved} queries in a request (time not measured)."
    gain = sum(finding.gain_ms for finding in findings)
    return (
        f"to save {saved} queries and about {_words.milliseconds(gain)} of "
        f"{_words.milliseconds(cost)} ms in a request."
    )
