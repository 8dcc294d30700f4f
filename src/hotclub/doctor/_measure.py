"""The second pass: the requests worth repeating, on a light recording, for milliseconds."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

from hotclub.doctor._costs import Costs
from hotclub.doctor._seen import WARM, Seen, Sighting, is_warming, label_of
from hotclub.doctor._stacks import Stacks
from hotclub.doctor.crawl import Worker
from hotclub.doctor.diagnosis import Options, Progress, Request
from hotclub.recording import Recording
from hotclub.workspace import AgentError, ChildError

HEAVY_MS = 200.0
"""A request that took this long in the crawl is measured once after warming up."""


@dataclass(frozen=True)
class Planned:
    """A request and how often it is measured; ``warm`` says whether it is made once before."""

    request: Request
    rounds: int
    warm: bool


def plan(
    requests: Sequence[Request],
    sightings: Iterable[Sighting],
    crawled: Mapping[str, float],
    options: Options,
    warmed: Collection[str] = (),
) -> list[Planned]:
    """For each finding a request that shows it well, in full; of each other route of the
    project the request with most queries, once. ``crawled`` is what they took in the crawl, in
    milliseconds, by label; ``warmed`` are the labels of those that the process has had already."""
    known = {request.label for request in requests}
    telling = _telling(s for s in sightings if s.request.label in known)
    covered = {request.route for request in requests if request.label in telling}
    others = set()
    for request in sorted(requests, key=lambda request: -request.queries):
        if request.in_project and request.route not in covered:
            covered.add(request.route)
            others.add(request.label)
    chosen = []
    for request in requests:
        if request.writes:  # what comes later may need it; once, as it was recorded
            chosen.append(Planned(request, 1, warm=False))
        elif request.label in telling:
            heavy = crawled.get(request.label, 0.0) > HEAVY_MS
            chosen.append(
                Planned(request, 1 if heavy else options.rounds, request.label not in warmed)
            )
        elif request.label in others:
            chosen.append(Planned(request, 1, warm=False))
    return chosen


def _telling(sightings: Iterable[Sighting]) -> set[str]:
    """Few requests that show every finding well: its worst, or one at least half as bad."""
    shown: dict[object, dict[str, int]] = {}
    for sighting in sightings:
        queries = shown.setdefault(sighting.key, {})
        label = label_of(sighting.request)
        queries[label] = queries.get(label, 0) + sighting.queries
    chosen: set[str] = set()
    for queries in sorted(shown.values(), key=lambda queries: -max(queries.values())):
        most = max(queries.values())
        if not any(queries.get(label, 0) * 2 >= most for label in chosen):
            chosen.add(max(queries, key=lambda label: queries[label]))
    return chosen


def replay(
    worker: Worker, planned: Sequence[Planned], options: Options, progress: Progress
) -> list[str]:
    """Make the requests in rounds, the first to warm up, until the time is over.

    Rounds go over all requests rather than repeating one, so that a slow minute of the machine
    is spread over all of them. Returns notes.
    """
    started = time.monotonic()
    rounds = [[one.request for one in planned if one.warm]]
    for number in range(1, options.rounds + 1):
        rounds.append([one.request for one in planned if one.rounds >= number])
    total = sum(map(len, rounds))
    lost: set[str] = set()
    done = 0
    for number, requests in enumerate(rounds):
        name = f"round {number}" if number else WARM
        for request in requests:
            if note := _limit(time.monotonic() - started, number, options):
                return [note]
            progress(f"measuring {request.path}", done, total)
            done += 1
            if request.label not in lost and not _once(worker, request, name, options):
                lost.add(request.label)
    return []


def _limit(seconds: float, number: int, options: Options) -> str:
    """Why to stop, if it is time: the first measured round may take twice as long."""
    if seconds > options.max_seconds and number > 1:
        return f"measuring ended after {options.max_seconds:g} seconds (--max-seconds)"
    if seconds > 2 * options.max_seconds:
        return "measuring took too long; not everything was measured"
    return ""


def _once(worker: Worker, request: Request, name: str, options: Options) -> bool:
    try:
        worker.ask(request, label=f"{name}|{request.label}", seconds=options.request_seconds)
    except (AgentError, ChildError):
        return False
    return True


def measured(
    recording: Recording, stacks: Stacks, requests: Sequence[Request]
) -> tuple[Costs, tuple[Request, ...]]:
    """The costs in a light recording, and the requests with their milliseconds."""
    seen = [
        Seen(recording, request, stacks)
        for request in recording.requests()
        if request.depth == "light" and not is_warming(request)
    ]
    costs = Costs()
    costs.add(seen)
    times: dict[str, list[float]] = {}
    for one in seen:
        times.setdefault(label_of(one.request), []).append(one.request.duration_ns / 1e6)
    return costs, tuple(
        replace(request, milliseconds=round(median(times[request.label]), 3))
        if request.label in times
        else request
        for request in requests
    )
