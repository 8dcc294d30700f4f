"""One burst of load by wrk, and what it counted."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from hotclub.errors import HotclubError

_LATENCY = re.compile(r"^\s*Latency\s+([\d.]+)(us|ms|s|m|h)\s", re.M)
_REQUESTS = re.compile(r"^\s*(\d+) requests in ([\d.]+)(us|ms|s|m|h),", re.M)
_BAD = re.compile(r"^\s*Non-2xx or 3xx responses: (\d+)", re.M)
_SOCKET = re.compile(
    r"^\s*Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", re.M
)
_UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


ENOUGH = 100
"""Answers that make a count exact enough: what was under way at the end is below 1 % of it."""


@dataclass(frozen=True)
class Burst:
    """What one run of wrk counted. ``errors`` are wrong statuses and broken connections.

    ``latency`` is the mean over the requests that were answered, in seconds.
    """

    requests: int
    seconds: float
    errors: int
    latency: float
    connections: int

    @property
    def rate(self) -> float:
        """Requests per second: counted, or, of few, by Little's law (each connection always has
        one request under way), since wrk does not count the one that its end cuts off."""
        if self.requests >= ENOUGH or not self.latency:
            return self.requests / self.seconds if self.seconds else 0.0
        return self.connections / self.latency


def require() -> str:
    """The path of wrk.

    Raises:
        HotclubError: it is not installed; the message names the package.
    """
    found = shutil.which("wrk")
    if found is None:
        raise HotclubError(
            "wrk, which makes the load, is not installed; on Debian and Ubuntu: apt-get install wrk"
        )
    return found


def burst(
    url: str,
    *,
    seconds: float,
    connections: int,
    headers: Mapping[str, str],
    pin: Sequence[str] = (),
) -> Burst:
    """Load ``url`` from one thread over ``connections`` connections for ``seconds`` (whole ones:
    wrk takes no others, so it is rounded up)."""
    command = [*pin, require(), "-t1", f"-c{connections}", f"-d{max(1, ceil(seconds))}s"]
    for name, value in headers.items():
        command += ["-H", f"{name}: {value}"]
    done = subprocess.run([*command, "--timeout", "30s", url], capture_output=True, text=True)
    if done.returncode:
        raise HotclubError(f"wrk failed on {url}: {done.stderr.strip() or done.stdout.strip()}")
    return read(done.stdout, connections)


def read(text: str, connections: int) -> Burst:
    """The counts in what wrk printed."""
    counted = _REQUESTS.search(text)
    latency = _LATENCY.search(text)
    if counted is None or latency is None:
        raise HotclubError(f"wrk printed something unexpected:\n{text}")
    bad = _BAD.search(text)
    broken = _SOCKET.search(text)
    errors = int(bad[1]) if bad else 0
    errors += sum(int(count) for count in broken.groups()) if broken else 0
    return Burst(
        requests=int(counted[1]),
        seconds=float(counted[2]) * _UNITS[counted[3]],
        errors=errors,
        latency=float(latency[1]) * _UNITS[latency[2]],
        connections=connections,
    )
