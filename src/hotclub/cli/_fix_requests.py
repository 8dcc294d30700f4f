"""Which requests a proof of fixes makes: those that show what was found, and those that pass by."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager

from hotclub import doctor
from hotclub.doctor.finding import Finding
from hotclub.fix import Fix
from hotclub.recording import Recording, passes

_PAGES_OF_INDEX = 2
_AMONG_COSTLIEST = 3
"""A finding is shown by any of so many of its costliest requests."""


def steady(findings: Iterable[Finding]) -> list[Finding]:
    """Findings in an order that owes nothing to the clock: edits are then written alike in every
    run, and what was proved of them can be found again."""
    return sorted(findings, key=lambda f: (-f.evidence.queries, f.code, f.lookup, str(f.place)))


def replayed(diagnosis: doctor.Diagnosis, fixes: Sequence[Fix]) -> list[doctor.Request]:
    """The requests that a proof makes, in the order of the crawl.

    Of each finding one of those in which it costs most, preferring what shows another finding
    already; since a queryset may be used where nothing was found, one of every route that passes
    what is changed; and whatever writes, because what comes after may need it.
    """
    known = {request.label: request for request in diagnosis.requests}
    chosen = {request.label for request in diagnosis.requests if request.writes}
    for fix in fixes:
        for finding in fix.findings:
            seen = [label for label in finding.evidence.requests if label in known]
            costliest = seen[:_AMONG_COSTLIEST]
            if finding.index is not None:  # judged by time, so by pages where it shows
                chosen.update(seen[:_PAGES_OF_INDEX])
            elif not chosen.intersection(costliest):
                chosen.update(costliest[:1])
    with _passing(diagnosis, fixes) as is_passing:
        _add_routes(diagnosis.requests, chosen, is_passing)
    return [request for request in diagnosis.requests if request.label in chosen]


def _add_routes(
    requests: Iterable[doctor.Request], chosen: set[str], wanted: Callable[[str], bool]
) -> None:
    """One request of every other route of the project's that has one with a wanted label."""
    requests = list(requests)
    routes = {request.route for request in requests if request.label in chosen}
    for request in requests:
        if request.in_project and request.route not in routes and wanted(request.label):
            routes.add(request.route)
            chosen.add(request.label)


@contextmanager
def _passing(diagnosis: doctor.Diagnosis, fixes: Sequence[Fix]) -> Iterator[Callable[[str], bool]]:
    """Tells by its label whether a request went through what is changed: a file that is edited, a
    table whose indexes are others. Without a deep recording that could say so, every one did."""
    paths = {fix.path for fix in fixes}
    paths |= {replacement.path for fix in fixes for replacement in fix.replacements}
    tables = _tables(fixes)
    if not diagnosis.recordings:
        yield lambda label: True
        return
    with Recording.open(diagnosis.recordings[0]) as recording:

        def is_passing(label: str) -> bool:
            deep = [one for one in recording.requests(label) if one.depth == "deep"]
            return not deep or any(passes(recording, one, paths, tables) for one in deep)

        yield is_passing


def _tables(fixes: Iterable[Fix]) -> Collection[str]:
    changed = [one for fix in fixes for f in fix.findings for one in (f.index, f.spare) if one]
    return {one.table for one in changed}
