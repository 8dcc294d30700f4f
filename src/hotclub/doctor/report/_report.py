"""The whole report: summary, findings, what was not reached, notes."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from hotclub.doctor._weighed import weighed
from hotclub.doctor.diagnosis import Diagnosis, Route, on_a_sample
from hotclub.doctor.report import _findings, _words
from hotclub.doctor.report._spots import spots

_LISTED = 25
_DETAILED = 8
"""Expressions in the table, and described in full, unless all are asked for."""
_ROUTES_SHOWN = 25
_POTENTIAL_SHOWN = 10


def render(diagnosis: Diagnosis, tree: Path, console: Console, *, everything: bool = False) -> None:
    """Print the diagnosis. ``tree`` is where its sources can be read."""
    console.print(_summary(diagnosis))
    for what in diagnosis.sampled:
        console.print(Text(_words.sentence(on_a_sample(what)), style="yellow"))
    _render_findings(diagnosis, tree, console, everything)
    _render_potential(diagnosis, console, everything)
    _render_routes(diagnosis, console, everything)
    for note in diagnosis.notes:
        console.print(Text(f"Note: {note}.".replace("..", "."), style="dim"))


def _summary(diagnosis: Diagnosis) -> Panel:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(justify="right", style="bold")
    grid.add_column()
    grid.add_row(f"{diagnosis.reached} of {len(diagnosis.routes)}", "routes answered 2xx")
    grid.add_row(f"{diagnosis.crawled:,}", f"requests, {diagnosis.queries:,} queries")
    timed = [r.milliseconds for r in diagnosis.requests if r.milliseconds is not None]
    if timed:
        spent = _words.milliseconds(sum(timed))
        grid.add_row(spent, f"ms for {len(timed)} of them, measured on a light recording")
    grid.add_row(f"{len(diagnosis.findings)}", _counted(diagnosis))
    together = weighed(diagnosis.findings)
    if together.missing:
        before, after = map(_words.milliseconds, (together.before_ms, together.after_ms))
        statements = _words.plural(together.statements, "statement", "statements")
        size = _words.size(together.missing_bytes)
        grid.add_row(
            f"{together.missing}",
            f"of them indexes: {before} → {after} ms for {statements}, {size}",
        )
    for reason, count in diagnosis.silenced.items():
        if count:
            grid.add_row(f"{count}", _SILENCED[reason])
    versions = [f"{k.capitalize()} {v}" for k, v in diagnosis.versions.items() if k in _SHOWN and v]
    title = Text(" · ".join([diagnosis.root.name, *versions]))
    return Panel(grid, title=title, title_align="left", expand=False)


_SHOWN = ("python", "django")
_SILENCED = {
    "not_selected": "of codes that were not asked for",
    "ignored": "ignored by a comment",
    "baseline": "known from the baseline",
}


def _counted(diagnosis: Diagnosis) -> str:
    places = len(spots(diagnosis.findings))
    what = "finding" if len(diagnosis.findings) == 1 else "findings"
    return f"{what} at {_words.plural(places, 'expression', 'expressions')}" if places else what


def _render_findings(diagnosis: Diagnosis, tree: Path, console: Console, everything: bool) -> None:
    if not diagnosis.findings and any(diagnosis.silenced.values()):
        console.print("Nothing new found.")
        return
    if not diagnosis.findings:
        console.print(
            "Nothing found: no relation loaded in a loop, no query asked twice, no index missed."
        )
        return
    found = spots(diagnosis.findings)
    listed = found if everything else found[:_LISTED]
    console.print()
    console.print(_findings.table(listed, console))
    for number, spot in enumerate(found if everything else found[:_DETAILED], 1):
        console.print(_findings.details(number, spot, tree, console, everything))
    if not everything and len(found) > _DETAILED:
        console.print(f"\n{len(found)} expressions in all: --all shows each of them in full.")


def _render_potential(diagnosis: Diagnosis, console: Console, everything: bool) -> None:
    """What tests showed with one row."""
    found = diagnosis.potential
    if found:
        heading = "Potential: loaded for one row in a test; a query for each where there are more"
        console.print(Text(f"\n{heading}", style="bold"))
    for finding in found if everything else found[:_POTENTIAL_SHOWN]:
        place, loaded = finding.expression[0], finding.trigger[:1]
        where = f", loaded at {_words.name(loaded[0])}" if loaded else ""
        told = f"{finding.code} {_words.relation(finding)}{where}"
        console.print(Text(f"  {_words.short(place)}: {told} ({finding.evidence.requests[0]})"))
    if not everything and len(found) > _POTENTIAL_SHOWN:
        console.print(f"{len(found)} potential loops in all: --all shows each of them.")


def _render_routes(diagnosis: Diagnosis, console: Console, everything: bool) -> None:
    missed = [route for route in diagnosis.routes if not route.reached]
    own = [route for route in missed if route.in_project]
    shown = missed if everything else own[:_ROUTES_SHOWN]
    if shown:
        console.print(Text("\nRoutes that nobody got a 2xx from", style="bold"))
        grid = Table(box=None, pad_edge=False, show_header=False)
        grid.add_column(overflow="fold", ratio=2)
        grid.add_column(overflow="fold", ratio=3, style="dim")
        for route in shown:
            grid.add_row(Text(f"/{route.pattern.lstrip('/^')}"), Text(_why(route)))
        console.print(grid)
    left = len(missed) - len(shown)
    if left:
        what = _words.plural(left, "more route", "more routes")
        console.print(f"{what} that nobody got a 2xx from: --all shows why.")


def _why(route: Route) -> str:
    return f"{route.reason} ({route.place})" if route.place else route.reason
