"""The findings: a table, then each with all that is known of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from hotclub.doctor.finding import Finding, Place
from hotclub.doctor.report import _words
from hotclub.doctor.report._source import excerpt

WIDE = 96
"""Columns from which the table has room for everything."""
_SQL_LENGTH = 400
_REQUESTS_SHOWN = 3
_STACK_SHOWN = 3


def table(findings: Sequence[Finding], console: Console) -> Table:
    """One line for each finding, most costly first."""
    wide = console.width >= WIDE
    grid = Table(box=None, pad_edge=False, header_style="bold", expand=False)
    grid.add_column("#", justify="right", style="dim")
    grid.add_column("code", no_wrap=True, style="cyan")
    grid.add_column("expression", overflow="fold", ratio=3)
    grid.add_column("what", overflow="fold", ratio=3)
    grid.add_column("ms/request" if wide else "ms", justify="right", no_wrap=True)
    grid.add_column("queries saved" if wide else "saved", justify="right", no_wrap=True)
    if wide:
        grid.add_column("rows read", justify="right", no_wrap=True)
        grid.add_column("in table", justify="right", no_wrap=True)
    for number, finding in enumerate(findings, 1):
        cells = [
            str(number),
            finding.code,
            _words.where(finding.expression) or Text("unknown", style="dim"),
            _words.what(finding),
            _words.milliseconds(finding.cost_ms) if finding.measured else "?",
            _words.number(finding.queries_saved),
        ]
        if wide:
            rows = finding.evidence.table_rows
            cells += [f"{finding.evidence.rows:,}", "?" if rows is None else f"{rows:,}"]
        grid.add_row(*cells)
    return grid


def details(number: int, finding: Finding, tree: Path, console: Console) -> RenderableType:
    """One finding: where, why, the example, the remedy."""
    text = Text()
    text.append(f"{number}. ", style="dim")
    text.append(finding.code, style="bold cyan")
    text.append(f"  {_words.where(finding.expression) or 'expression unknown'}\n", style="bold")
    for line in _lines(finding, tree, console):
        text.append_text(line)
        text.append("\n")
    text.rstrip()
    return Padding(text, (1, 0, 0, 0))


def _lines(finding: Finding, tree: Path, console: Console) -> Iterator[Text]:
    marker = ">" if console.options.ascii_only else "▸"
    for place in finding.expression[:1]:
        source = excerpt(tree, place, marker)
        if source.plain:
            yield source
    yield Text(_words.story(finding))
    yield from _trigger(finding, tree, marker)
    yield from _evidence(finding)
    yield from _verdict(finding)


def _trigger(finding: Finding, tree: Path, marker: str) -> Iterator[Text]:
    if not finding.trigger:
        return
    first, *outer = finding.trigger[:_STACK_SHOWN]
    line = Text("triggered at ", style="dim").append(_name(first), style="not dim")
    if outer:
        line.append(", from " + ", ".join(map(_name, outer)), style="dim")
    yield line
    if first not in finding.expression:
        source = excerpt(tree, first, marker)
        if source.plain:
            yield source


def _evidence(finding: Finding) -> Iterator[Text]:
    evidence = finding.evidence
    if evidence.sql:
        sql = " ".join(evidence.sql.split())
        short = sql if len(sql) <= _SQL_LENGTH else sql[: _SQL_LENGTH - 3] + "..."
        yield Text("for example ", style="dim").append(short, style="green not dim")
    shown = evidence.requests[:_REQUESTS_SHOWN]
    line = Text("seen in ", style="dim").append(", ".join(shown), style="not dim")
    if len(evidence.requests) > len(shown):
        line.append(f" and {len(evidence.requests) - len(shown)} more")
    yield line


def _verdict(finding: Finding) -> Iterator[Text]:
    if finding.stale:
        yield Text("The file has changed since it was recorded: record again.", style="yellow")
    elif finding.reason:
        yield Text(f"No fix is written: {finding.reason}.", style="yellow")
    elif call := _words.remedy(finding):
        yield Text("Add ").append(call, style="bold green").append(f" {_gain(finding)}")


def _gain(finding: Finding) -> str:
    saved = _words.number(finding.queries_saved)
    if not finding.measured:
        return f"to save {saved} queries in each request (time not measured)."
    return (
        f"to save {saved} queries and about {_words.milliseconds(finding.gain_ms)} of "
        f"{_words.milliseconds(finding.cost_ms)} ms in each request."
    )


def _name(place: Place) -> str:
    if place.kind == "class":
        return f"{place.qualname}.{place.attribute} ({place})"
    if place.kind == "template" or not place.qualname:
        return str(place)
    return f"{place} in {place.qualname}"
