"""The findings: a table, then each expression with all that is known of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console, Group, RenderableType
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
_STATEMENTS_SHOWN = 3


def table(spots: Sequence[Spot], console: Console) -> Table:
    """One line for each expression, most costly first."""
    wide = console.width >= WIDE
    sized = wide and any(map(_table_rows, spots))
    grid = Table(box=None, pad_edge=False, header_style="bold", expand=False)
    grid.add_column("#", justify="right", style="dim")
    grid.add_column("code", style="cyan", min_width=5, max_width=8)
    grid.add_column("expression", overflow="fold", ratio=3)
    grid.add_column("what", overflow="fold", ratio=4)
    grid.add_column("ms", justify="right", no_wrap=True)
    grid.add_column("queries\nsaved" if wide else "saved", justify="right")
    if wide:
        grid.add_column("rows\nread", justify="right")
    if sized:
        grid.add_column("rows in\ntable", justify="right")
    for number, spot in enumerate(spots, 1):
        cells = _cells(number, spot)
        grid.add_row(*cells[: len(grid.columns)])
    return grid


def _cells(number: int, spot: Spot) -> list[str | Text]:
    first, others = spot.findings[0], len(spot.codes) - 1
    rows = sum(finding.evidence.rows for finding in spot.findings)
    return [
        str(number),
        f"{first.code} +{others}" if others else first.code,
        Text(_words.short(spot.place)) if spot.place else Text(_fallback(first), style="dim"),
        Text(_words.what(spot.findings)),
        _words.milliseconds(spot.cost_ms) if spot.measured else "?",
        _words.number(sum(finding.queries_saved for finding in spot.findings)),
        f"{rows:,}",
        f"{_table_rows(spot):,}" if _table_rows(spot) else "?",
    ]


def _fallback(finding: Finding) -> str:
    """Where to look when the expression is unknown: what triggered it."""
    return f"? ({_words.short(finding.trigger[0])})" if finding.trigger else "?"


def _table_rows(spot: Spot) -> int:
    """Rows of the tables that were read from, each counted once; 0 when unknown."""
    known = {finding.evidence.model: finding.evidence.table_rows for finding in spot.findings}
    return sum(rows or 0 for rows in known.values())


def details(
    number: int, spot: Spot, tree: Path, console: Console, everything: bool
) -> RenderableType:
    """One expression: where, what it makes slow, an example, the remedy."""
    heading = _words.name(spot.place) if spot.place else "expression unknown"
    parts: list[RenderableType] = [
        Text.assemble("\n", (f"{number}. ", "dim"), (heading, "bold")),
    ]
    marker = ">" if console.options.ascii_only else "▸"
    place = spot.place or next(iter(spot.findings[0].trigger), None)
    source = excerpt(tree, place, marker) if place else Text()
    if source.plain:
        parts.append(source)
    parts += [_indented(line, depth) for line, depth in _lines(spot, everything)]
    return Group(*parts)


def _indented(line: Text, depth: int) -> RenderableType:
    """The line, and what does not fit into it below, further in."""
    return Padding(line, (0, 0, 0, depth), expand=False)


def _lines(spot: Spot, everything: bool) -> Iterator[tuple[Text, int]]:
    """What to say of an expression, each line with its indentation."""
    if spot.findings[0].climbed:
        yield Text(f"made by {_words.made_by(spot.findings[0])}", style="dim"), 3
    shown = spot.findings if everything else spot.findings[:_STORIES_SHOWN]
    for finding in shown:
        yield Text.assemble((finding.code, "cyan"), " ", _words.story(finding)), 3
        if finding.trigger:
            yield Text(f"at {_words.name(finding.trigger[0])}", style="dim"), 9
    if len(shown) < len(spot.findings):
        yield Text(f"... and {len(spot.findings) - len(shown)} more"), 3
    for line in (*_evidence(spot), *verdict(spot)):
        yield line, 3


def _evidence(spot: Spot) -> Iterator[Text]:
    evidence, index = spot.findings[0].evidence, spot.findings[0].index
    for statement in index.statements[:_STATEMENTS_SHOWN] if index else ():
        before, after = map(_words.milliseconds, (statement.before_ms, statement.after_ms))
        runs = f" {statement.runs} times" if statement.runs > 1 else ""
        times = f"{before} → {after} ms{runs} "
        work = f"{_words.work(statement)} " if statement.work_before is not None else ""
        yield Text.assemble((times, "bold"), (work, "dim"), (_short(statement.sql), "green"))
    if evidence.sql and not index:
        yield Text.assemble(("for example ", "dim"), (_short(evidence.sql), "green"))
    requests = list(dict.fromkeys(r for f in spot.findings for r in f.evidence.requests))
    shown = ", ".join(requests[:_REQUESTS_SHOWN])
    left = len(requests) - _REQUESTS_SHOWN
    if requests:
        tested = all(finding.tested for finding in spot.findings)
        seen = "seen in tests only, so it is not measured: " if tested else "seen in "
        yield Text.assemble((seen, "dim"), f"{shown} and {left} more" if left > 0 else shown)


def _short(sql: str) -> str:
    """The statement in one line, what it selects left out where it is long."""
    line = " ".join(sql.split())
    if len(line) > _SQL_LENGTH and line.startswith("SELECT ") and " FROM " in line:
        line = "SELECT ... FROM " + line.partition(" FROM ")[2]
    return line if len(line) <= _SQL_LENGTH else line[: _SQL_LENGTH - 3] + "..."


def verdict(spot: Spot) -> Iterator[Text]:
    """What to do, what it would bring, and what stands in its way."""
    answerable = spot.answerable if spot.place else ()
    if answerable:
        call = _words.remedy(answerable)
        yield Text.assemble("Add ", (call, "bold green"), f" {gain(answerable)}")
    finding = spot.findings[0]
    if finding.index and not finding.reason:
        call = _words.new_index(finding.index)
        less, cost = map(_words.milliseconds, (finding.gain_ms, finding.cost_ms))
        yield Text.assemble("Add ", (call, "bold green"), f" to save {less} of {cost} ms")
    if finding.index:
        yield Text(f"It takes {_words.price(finding.index)}.")
        yield Text(f"That it helps was decided by {_words.decided(finding.index)}.", style="dim")
    for reason in dict.fromkeys(_obstacle(finding) for finding in spot.findings):
        if reason:
            yield Text(reason, style="yellow")


def _obstacle(finding: Finding) -> str:
    if finding.stale:
        return "The file has changed since it was recorded: record again."
    if not finding.reason:
        return f"{finding.advice[:1].upper()}{finding.advice[1:]}." if finding.advice else ""
    return f"No edit for {_words.relation(finding)}: {finding.reason}."


def gain(findings: Sequence[Finding]) -> str:
    """``to save 50 queries and about 20.0 of 25.0 ms in a request.``"""
    saved = _words.number(sum(finding.queries_saved for finding in findings))
    cost = sum(finding.cost_ms for finding in findings)
    if not any(finding.measured for finding in findings):
        return f"to save {saved} queries in a request (time not measured)."
    less = sum(finding.gain_ms for finding in findings)
    return (
        f"to save {saved} queries and about {_words.milliseconds(less)} of "
        f"{_words.milliseconds(cost)} ms in a request."
    )
