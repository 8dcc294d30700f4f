"""What the admin listener tells: the counters of all workers as Prometheus text and as JSON."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import hotclub
from hotclub.serve import _counters as at
from hotclub.serve._child import Child
from hotclub.serve._listen import backlog_of, describe

if TYPE_CHECKING:
    from hotclub.serve._master import Master

NS = 1e9


def prometheus(master: Master) -> str:
    """The exposition format, version 0.0.4."""
    return "\n".join(_lines(master)) + "\n"


def _lines(master: Master) -> Iterator[str]:
    sums = totals(master)
    children = list(master.fleet.children.values())
    yield from _family("requests_total", "counter", "Requests answered by the application.")
    for name, count in zip(at.CLASSES, sums[at.STATUS : at.STATUS + 5], strict=True):
        yield f'hotclub_requests_total{{status="{name}"}} {count}'
    yield from _histogram(sums)
    for name, index, text in (
        ("queue", at.QUEUED, "Requests waited for a thread."),
        ("interpreter_lock", at.LOCK, "Threads with a request waited for the interpreter lock."),
        ("python", at.PYTHON, "Requests were in the application."),
    ):
        yield from _single(f"{name}_seconds_total", "counter", text, sums[index] / NS)
    for name, index, text in (
        ("files_total", at.FILES, "Files sent without the application."),
        ("refused_total", at.REFUSED, "Requests that the server answered with an error by itself."),
        ("accepted_total", at.ACCEPTED, "Connections accepted."),
    ):
        yield from _single(name, "counter", text, sums[index])
    yield from _family("connections", "gauge", "Open connections.")
    open_now, busy = _gauge(children, at.CONNECTIONS), _gauge(children, at.BUSY)
    yield f'hotclub_connections{{state="busy"}} {busy}'
    yield f'hotclub_connections{{state="idle"}} {max(0, open_now - busy)}'
    yield from _single("backlog", "gauge", "Connections not yet accepted.", _backlog(master))
    yield from _single("threads", "gauge", "Views at once, at most.", _gauge(children, at.THREADS))
    yield from _single(
        "resident_bytes", "gauge", "Memory of the workers.", _gauge(children, at.MEMORY)
    )
    yield from _processes(master, children)


def _processes(master: Master, children: list[Child]) -> Iterator[str]:
    yield from _family("workers", "gauge", "Worker processes.")
    states = [state_of(child) for child in children]
    for state in ("starting", "ready", "leaving"):
        yield f'hotclub_workers{{state="{state}"}} {states.count(state)}'
    yield from _family("worker_restarts_total", "counter", "Workers replaced, by reason.")
    for reason, count in sorted(master.fleet.restarts.items()):
        yield f'hotclub_worker_restarts_total{{reason="{reason}"}} {count}'
    yield from _single("reloads_total", "counter", "Reloads.", master.fleet.generation - 1)
    yield from _single("start_time_seconds", "gauge", "When it was started.", master.started)


def _family(name: str, kind: str, text: str) -> Iterator[str]:
    yield f"# HELP hotclub_{name} {text}"
    yield f"# TYPE hotclub_{name} {kind}"


def _single(name: str, kind: str, text: str, value: float) -> Iterator[str]:
    yield from _family(name, kind, text)
    yield f"hotclub_{name} {value}"


def _histogram(sums: list[int]) -> Iterator[str]:
    name = "hotclub_request_seconds"
    yield from _family("request_seconds", "histogram", "From a request's arrival to its answer.")
    below = 0
    for limit, count in zip((*at.BUCKETS, "+Inf"), sums[at.HISTOGRAM : at.COUNTED], strict=True):
        below += count
        yield f'{name}_bucket{{le="{limit}"}} {below}'
    yield f"{name}_sum {sums[at.TOTAL] / NS}"
    yield f"{name}_count {below}"


def totals(master: Master) -> list[int]:
    """Every counter, over all workers that are or were."""
    living = [child.heart.counters for child in master.fleet.children.values()]
    return at.added([master.fleet.gone, *living])


def state_of(child: Child) -> str:
    """What a worker is about."""
    return "leaving" if child.leaving else "ready" if child.ready else "starting"


def _gauge(children: list[Child], index: int) -> int:
    return sum(child.heart.counters[index] for child in children)


def _backlog(master: Master) -> int:
    return backlog_of(master.LISTENERS)


def status_json(master: Master) -> str:
    """The same for programs that want to show it."""
    return json.dumps(status(master), indent=1) + "\n"


def status(master: Master) -> dict[str, Any]:
    """What ``hotclub top`` shows."""
    return {
        "version": hotclub.__version__,
        "pid": master.pid,
        "name": master.proc_name,
        "time": time.time(),
        "uptime": time.time() - master.started,
        "listening": [describe(listener) for listener in master.LISTENERS],
        "workers_wanted": master.num_workers,
        "generation": master.fleet.generation,
        "restarts": dict(master.fleet.restarts),
        "backlog": _backlog(master),
        "stopping": master.stopping,
        "totals": _numbers(totals(master)),
        "workers": [_worker(child) for child in master.fleet.children.values()],
    }


def _numbers(counters: Any) -> dict[str, Any]:
    return {
        "requests": counters[at.REQUESTS],
        "by_status": dict(zip(at.CLASSES, list(counters[at.STATUS : at.STATUS + 5]), strict=True)),
        "files": counters[at.FILES],
        "refused": counters[at.REFUSED],
        "accepted": counters[at.ACCEPTED],
        "seconds": counters[at.TOTAL] / NS,
        "seconds_queued": counters[at.QUEUED] / NS,
        "seconds_for_lock": counters[at.LOCK] / NS,
        "seconds_in_python": counters[at.PYTHON] / NS,
        "histogram": list(counters[at.HISTOGRAM : at.COUNTED]),
    }


def _worker(child: Child) -> dict[str, Any]:
    counters = child.heart.counters
    return {
        "pid": child.pid,
        "state": state_of(child),
        "generation": child.generation,
        "uptime": time.monotonic() - child.started,
        "silent": child.heart.silent_for(),
        "connections": counters[at.CONNECTIONS],
        "running": counters[at.BUSY],
        "threads": counters[at.THREADS],
        "resident": counters[at.MEMORY],
        **_numbers(counters),
    }
