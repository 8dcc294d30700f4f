"""The second pass: the requests worth repeating, on a light recording, for milliseconds."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from hotclub.doctor._costs import Costs
from hotclub.doctor._seen import WARM, Seen, is_warming, label_of
from hotclub.doctor._stacks import Stacks
from hotclub.doctor.crawl import Worker
from hotclub.doctor.diagnosis import Options, Progress, Request
from hotclub.recording import Recording
from hotclub.workspace import ChildError


def replay(
    worker: Worker, requests: Sequence[Request], options: Options, progress: Progress
) -> list[str]:
    """Make the requests in rounds, the first to warm up, until the time is over.

    Rounds go over all requests rather than repeating one, so that a slow minute of the machine
    is spread over all of them. Returns notes.
    """
    deadline = time.monotonic() + options.max_seconds
    left = list(requests)
    total = len(left) * (options.rounds + 1)
    done = 0
    for number in range(options.rounds + 1):
        name = f"round {number}" if number else WARM
        for request in list(left):
            progress(f"measuring {request.path}", done, total)
            done += 1
            if time.monotonic() > deadline and number > 1:
                return [f"measuring ended after {options.max_seconds:g} seconds (--max-seconds)"]
            if time.monotonic() > deadline + options.max_seconds:
                return ["measuring took too long; the rest was not measured"]
            if not _once(worker, request, name, options):
                left.remove(request)
    return []


def _once(worker: Worker, request: Request, name: str, options: Options) -> bool:
    try:
        worker.request(
            request.path,
            query=request.query,
            user=request.user,
            label=f"{name}|{request.label}",
            seconds=options.request_seconds,
        )
    except ChildError:
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
