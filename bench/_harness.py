"""Servers side by side: interleaved rounds, one core for the server, another for the load.

``measure`` starts each contender anew for each round, warms it up, loads it with ``wrk`` and
reads the CPU time of its process tree before and after. Medians and quartiles over the rounds
are printed as a table; :func:`report` prints the last line that ``bench/__main__.py`` reads.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv-bench"
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Contender:
    """One server: its command, made for a port, and what has to be installed for it."""

    name: str
    command: Callable[[int], list[str]]
    packages: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    missing: str | None = None


@dataclass
class Sample:
    """One round of one contender."""

    rate: float  # requests/s
    cpu_us: float  # CPU time of the server's process tree for each request, in microseconds
    errors: int


@dataclass(frozen=True)
class Load:
    """What wrk does. ``headers`` are sent with each request."""

    path: str = "/"
    connections: int = 32
    seconds: int = 3
    warm_up: int = 1
    headers: tuple[str, ...] = ()


@cache
def cores() -> tuple[str, str]:
    """The server's core and the load generator's, as taskset takes them.

    Of those that this process could use at first: it may have bound itself to one since.
    """
    usable = sorted(os.sched_getaffinity(0))
    return str(usable[0]), str(usable[-1])


def bench_python() -> Path:
    """The interpreter of ``.venv-bench``, made when it does not exist."""
    python = VENV / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
    return python


def install(contenders: Sequence[Contender]) -> None:
    """Install what each contender needs; note the reason where that fails."""
    python = bench_python()
    frozen = subprocess.run(
        [python, "-m", "pip", "freeze", "--all"], check=True, capture_output=True, text=True
    )
    have = {line.partition("==")[0].lower() for line in frozen.stdout.splitlines()}
    for contender in contenders:
        wanted = [name for name in contender.packages if name.lower() not in have]
        if not wanted:
            continue
        print(f"installing {' '.join(wanted)} …", flush=True)
        done = subprocess.run(
            [python, "-m", "pip", "install", "--quiet", *wanted], capture_output=True, text=True
        )
        if done.returncode:
            lines = done.stderr.strip().splitlines() or ["pip failed"]
            contender.missing = next(
                (x for x in reversed(lines) if "error" in x.lower()), lines[-1]
            )


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(contender: Contender, directory: Path) -> Any:
    """The contender pinned to the server's core; yields (process id, port)."""
    port = free_port()
    core, _ = cores()
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            ["taskset", "-c", core, *contender.command(port)],
            cwd=directory,
            env={**os.environ, **contender.environment},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            _wait_for(process, port, contender.name, log)
            yield process.pid, port
        finally:
            _end(process)


def _wait_for(process: subprocess.Popen[Any], port: int, name: str, log: Any) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            time.sleep(0.3)
            return
        except OSError:
            time.sleep(0.05)
        if process.poll() is not None:
            break
    log.seek(0)
    raise SystemExit(f"{name} did not start:\n{log.read()[-2000:]}")


def _end(process: subprocess.Popen[Any]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and all its descendants, those that ended included."""
    stats = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = entry.read_text()
        except OSError:
            continue
        fields = text.rpartition(")")[2].split()
        stats[int(entry.parent.name)] = (int(fields[1]), sum(map(int, fields[11:15])))
    tree = found = {pid}
    while found:
        found = {child for child, (parent, _) in stats.items() if parent in tree} - tree
        tree = tree | found
    return sum(stats[each][1] for each in tree if each in stats) / TICKS


def wrk(port: int, load: Load, seconds: int) -> tuple[float, int, int]:
    """Run wrk from the other core; return (requests/s, requests, errors)."""
    _, core = cores()
    headers = [word for header in load.headers for word in ("-H", header)]
    url = f"http://127.0.0.1:{port}{load.path}"
    command = ["wrk", "-t1", f"-c{load.connections}", f"-d{seconds}s", *headers, url]
    done = subprocess.run(
        ["taskset", "-c", core, *command], capture_output=True, text=True, check=True
    )
    rate = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    requests = re.search(r"(\d+) requests in", done.stdout)
    assert rate and requests, done.stdout
    errors = sum(map(int, re.findall(r"(?:connect|read|write|timeout) (\d+)", done.stdout)))
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", done.stdout)
    return float(rate[1]), int(requests[1]), errors + (int(bad[1]) if bad else 0)


def sample(contender: Contender, load: Load, directory: Path) -> Sample:
    """One round of one contender."""
    with running(contender, directory) as (pid, port):
        wrk(port, load, load.warm_up)
        before = cpu_seconds(pid)
        rate, requests, errors = wrk(port, load, load.seconds)
        spent = cpu_seconds(pid) - before
    return Sample(rate, spent / max(requests, 1) * 1e6, errors)


def measure(
    contenders: Sequence[Contender], load: Load, directory: Path, rounds: int
) -> dict[str, list[Sample]]:
    """All contenders in turn, ``rounds`` times, in an order that turns round each time."""
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is not installed; run script/bootstrap bench")
    here = [each for each in contenders if each.missing is None]
    samples: dict[str, list[Sample]] = {each.name: [] for each in here}
    for number in range(rounds):
        for contender in here if number % 2 == 0 else reversed(here):
            got = sample(contender, load, directory)
            samples[contender.name].append(got)
            print(
                f"round {number + 1}/{rounds} {contender.name:10} {got.rate:10,.0f}/s"
                f" {got.cpu_us:7.2f} µs" + (f" {got.errors} errors" if got.errors else ""),
                flush=True,
            )
    return samples


def spread(values: Sequence[float]) -> tuple[float, float, float]:
    """Lower quartile, median, upper quartile."""
    if len(values) < 2:
        return values[0], values[0], values[0]
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, middle, high


def report(
    name: str,
    contenders: Sequence[Contender],
    samples: dict[str, list[Sample]],
    more: dict[str, Any] | None = None,
) -> None:
    """Print the table, the peers that are missing, and the last line, with ``more`` in it."""
    print(f"\n{'':12}{'requests/s':>12}{'quartiles':>20}{'CPU µs each':>13}{'quartiles':>15}")
    rates = {}
    for server, taken in samples.items():
        low, rate, high = spread([each.rate for each in taken])
        cheap, cpu, dear = spread([each.cpu_us for each in taken])
        rates[server] = round(rate)
        print(
            f"{server:12}{rate:12,.0f}{f'{low:,.0f}–{high:,.0f}':>20}"
            f"{cpu:13.2f}{f'{cheap:.2f}–{dear:.2f}':>15}"
        )
        failed = sum(each.errors for each in taken)
        if failed:
            print(f"{'':12}{failed} requests failed")
    for contender in contenders:
        if contender.missing:
            print(f"{contender.name:12}not measured: {contender.missing}")
    ours = rates.pop("hotclub")
    line = {
        "bench": name,
        "unit": "requests/s",
        "better": "higher",
        "hotclub": ours,
        "peers": rates,
        "cpu_us": {
            server: round(spread([s.cpu_us for s in taken])[1], 2)
            for server, taken in samples.items()
        },
        **(more or {}),
    }
    print(json.dumps(line))
