"""Making requests that somebody wrote down: each once, in order, within limits."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from hotclub.doctor.crawl import Crawl, Target, Visit, Worker
from hotclub.doctor.crawl import limit as limit_of
from hotclub.doctor.diagnosis import Options, Progress

_TOLD = 10


def ask(
    worker: Worker,
    seen: Crawl,
    targets: Sequence[Target],
    options: Options,
    progress: Progress,
    source: str,
    *,
    counted: bool = False,
) -> None:
    """Make the requests of ``source``; those answered otherwise than expected become notes, or
    one note with their number where they are only ``counted``."""
    deadline = time.monotonic() + options.max_seconds
    bad: list[str] = []
    for number, target in enumerate(targets):
        if stop := limit_of(number, worker.lost, options, deadline):
            left = len(targets) - number
            seen.notes.append(f"{source} ended at {stop}; {left} requests were left")
            break
        progress(f"asking {target.method} {target.path}", number, len(targets))
        visit = _visit(worker, target, options)
        seen.visits.append(visit)
        if visit.ok and visit.target.route:
            seen.reached.setdefault(visit.target.route, target.user)
        if complaint := _complaint(visit):
            bad.append(f"{source}: {target.label} {complaint}")
    if counted and bad:
        bad = [f"{source}: {len(bad)} of {len(targets)} requests had no good answer on the copy"]
    seen.notes += bad[:_TOLD]
    if len(bad) > _TOLD:
        seen.notes.append(f"{source}: {len(bad) - _TOLD} more requests had no good answer")


def _visit(worker: Worker, target: Target, options: Options) -> Visit:
    """The visit; only the answer says which route it took."""
    visit, response = worker.visit(target, options.request_seconds)
    if response is None:
        return visit
    return replace(visit, target=replace(target, route=response.route))


def _complaint(visit: Visit) -> str:
    """What was not as expected of an answer; empty if all was."""
    if not visit.status:
        return f"was not answered: {visit.problem}"
    if visit.ok and not _to_login(visit):
        return ""
    why = f" ({visit.problem})" if visit.problem else ""
    if visit.location:
        why = f", to {visit.location}"
    expected = f", not {visit.target.expected}" if visit.target.expected else ""
    return f"was answered with {visit.status}{expected}{why}"


def _to_login(visit: Visit) -> bool:
    """Whether a write was sent to a login page: it has not happened."""
    return not visit.target.expected and "login" in visit.location.lower().partition("?")[0]
