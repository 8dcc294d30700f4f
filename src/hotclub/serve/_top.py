"""One picture of ``hotclub top``: what has happened between two looks at a server's status."""

from __future__ import annotations

import http.client
import json
import socket
from typing import Any

from hotclub.errors import HotclubError
from hotclub.serve._counters import quantile

PATIENCE = 5.0
Status = dict[str, Any]


class _OverUnix(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=PATIENCE)
        self._path = path

    def connect(self) -> None:
        """Connect to the path."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(PATIENCE)
        self.sock.connect(self._path)


def fetch(address: str) -> Status:
    """The status of the server whose ``--admin`` this is.

    Raises:
        HotclubError: nobody answers there, or something else than a hotclub.
    """
    connection: http.client.HTTPConnection
    if address.startswith("unix:"):
        connection = _OverUnix(address.removeprefix("unix:").removeprefix("//"))
    else:
        connection = http.client.HTTPConnection(address, timeout=PATIENCE)
    try:
        connection.request("GET", "/status")
        found: Status = json.loads(connection.getresponse().read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise HotclubError(
            f"no server answers on {address} ({error}); start it with --admin {address}"
        ) from None
    finally:
        connection.close()
    return found


def picture(before: Status, now: Status) -> str:
    """The text to show."""
    seconds = max(now["time"] - before["time"], 1e-6)
    lines = [
        f"hotclub {now['version']}  pid {now['pid']}  up {_span(now['uptime'])}"
        f"  {', '.join(now['listening'])}{'  stopping' if now['stopping'] else ''}",
        *_totals(before["totals"], now["totals"], seconds),
        _open(now),
        "",
        f"{'pid':>8} {'state':9}{'up':>7}{'req/s':>9}{'p50':>9}{'p99':>9}"
        f"{'open':>7}{'busy':>8}{'memory':>9}",
    ]
    old = {worker["pid"]: worker for worker in before["workers"]}
    lines += [_worker(old.get(each["pid"]), each, seconds) for each in now["workers"]]
    return "\n".join(lines) + "\n"


def _totals(before: Status, now: Status, seconds: float) -> list[str]:
    new = now["requests"] - before["requests"]
    histogram = _difference(before["histogram"], now["histogram"])
    status = "  ".join(f"{name} {count}" for name, count in now["by_status"].items() if count)
    return [
        f"{now['requests']} requests  {new / seconds:.1f}/s  p50 {_time(quantile(histogram, 0.5))}"
        f"  p99 {_time(quantile(histogram, 0.99))}  {status}",
        f"of each: {_each(before, now, 'seconds_queued', new)} queued,"
        f" {_each(before, now, 'seconds_for_lock', new)} for the interpreter lock,"
        f" {_each(before, now, 'seconds_in_python', new)} in Python",
        f"{now['files']} files  {now['refused']} refused  {now['accepted']} connections accepted",
    ]


def _open(now: Status) -> str:
    workers = now["workers"]
    restarts = ", ".join(f"{reason} {n}" for reason, n in sorted(now["restarts"].items()))
    return (
        f"{sum(each['connections'] for each in workers)} connections open"
        f"  {now['backlog']} waiting in the kernel"
        f"  {sum(each['running'] for each in workers)} of"
        f" {sum(each['threads'] for each in workers)} threads busy"
        f"  restarts: {restarts or 'none'}"
    )


def _worker(before: Status | None, now: Status, seconds: float) -> str:
    new = now["requests"] - (before["requests"] if before else 0)
    histogram = now["histogram"]
    if before:
        histogram = _difference(before["histogram"], histogram)
    return (
        f"{now['pid']:>8} {now['state']:9}{_span(now['uptime']):>7}{new / seconds:>9.1f}"
        f"{_time(quantile(histogram, 0.5)):>9}{_time(quantile(histogram, 0.99)):>9}"
        f"{now['connections']:>7}{now['running']:>5}/{now['threads']:<2}"
        f"{now['resident'] >> 20:>6} MB"
    )


def _difference(before: list[int], now: list[int]) -> list[int]:
    return [max(0, b - a) for a, b in zip(before, now, strict=True)]


def _each(before: Status, now: Status, name: str, requests: int) -> str:
    return _time(max(0.0, now[name] - before[name]) / requests) if requests > 0 else "-"


def _time(seconds: float) -> str:
    if seconds <= 0:
        return "-"
    if seconds < 0.001:
        return f"{seconds * 1e6:.0f} µs"
    return f"{seconds * 1e3:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"


def _span(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} m" if seconds < 7200 else f"{seconds / 3600:.0f} h"
