"""Ten thousand slow clients beside quick ones: what they cost the quick ones, and in memory.

Half of the slow ones are idle, half send a byte a second. The peer called "none" is hotclub
without them; with "elsewhere" they are there, on the load generator's core as before, but at
another server: what they do to the load generator is no doing of the server's. Memory is the
slope of the worker's private memory from 1,000 to 10,000 idle connections.

.venv/bin/python -m bench.slow_clients [--rounds N] [--seconds S] [--crowd N]
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench._harness import ROOT, Contender, cores, cpu_seconds, running, spread
from bench.hello import APPLICATION

CROWD = 10_000
FEW = 1000
KINDS = ("hotclub", "none", "elsewhere")


def hotclub() -> Contender:
    ours = [sys.executable, "-m", "hotclub", "serve", "hello:application", "--workers", "1"]
    return Contender(
        "hotclub",
        lambda port: [
            *ours, "--bind", f"127.0.0.1:{port}", "--header-timeout=600", "--keep-alive=600",
            "--limit-connections=12000",
        ],
        environment={"PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip


@contextmanager
def crowd(port: int, idle: int, dripping: int) -> Iterator[None]:
    """The slow clients, on the load generator's core."""
    script = str(Path(__file__).with_name("_slow_crowd.py"))
    words = ["taskset", "-c", cores()[1], sys.executable, script, str(port), str(idle)]
    with subprocess.Popen(
        [*words, str(dripping)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin and process.stdout
        try:
            if process.stdout.readline() != "ready\n":
                raise SystemExit("the slow clients could not connect; is `ulimit -n` too small?")
            yield
        finally:
            process.stdin.close()
            process.wait()


def load(port: int, pid: int, seconds: int) -> tuple[float, float, float]:
    """Requests a second, CPU microseconds for each, and the 99th percentile in milliseconds."""
    command = ["taskset", "-c", cores()[1], "wrk", "-t1", "-c32", "--latency", f"-d{seconds}s"]
    url = f"http://127.0.0.1:{port}/"
    subprocess.run([*command[:-1], "-d1s", url], capture_output=True, check=True)
    before = cpu_seconds(pid)
    text = subprocess.run([*command, url], capture_output=True, text=True, check=True).stdout
    spent = cpu_seconds(pid) - before
    rate = re.search(r"Requests/sec:\s+([\d.]+)", text)
    requests = re.search(r"(\d+) requests in", text)
    tail = re.search(r"99%\s+([\d.]+)(us|ms|s)", text)
    assert rate and requests and tail, text
    assert "Socket errors" not in text, text
    unit = {"us": 1e-3, "ms": 1.0, "s": 1e3}[tail[2]]
    return float(rate[1]), spent / int(requests[1]) * 1e6, float(tail[1]) * unit


def private_bytes(pid: int) -> int:
    """Private memory of the process tree's last child, the worker."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    text = Path(f"/proc/{children[-1]}/smaps_rollup").read_text()
    return sum(int(kb) for kb in re.findall(r"Private_(?:Clean|Dirty):\s+(\d+)", text)) * 1024


def memory_slope(directory: Path, many: int) -> float:
    """Bytes for each idle connection between FEW and ``many``."""
    used = []
    for count in (FEW, many):
        with running(hotclub(), directory) as (pid, port), crowd(port, count, 0):
            used.append(private_bytes(pid))
    return (used[1] - used[0]) / (many - FEW)


def round_of(which: str, directory: Path, slow: int, seconds: int) -> tuple[float, float, float]:
    """One round of one kind; see `load`."""
    with ExitStack() as stack:
        pid, port = stack.enter_context(running(hotclub(), directory))
        theirs = port
        if which == "elsewhere":
            _, theirs = stack.enter_context(running(hotclub(), directory))
        if which != "none":
            stack.enter_context(crowd(theirs, slow, slow))
        return load(port, pid, seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--crowd", type=int, default=CROWD)
    args = parser.parse_args()
    taken: dict[str, list[tuple[float, float, float]]] = {each: [] for each in KINDS}
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        (directory / "hello.py").write_text(APPLICATION)
        for number in range(args.rounds):
            for which in KINDS if number % 2 == 0 else KINDS[::-1]:
                rate, cpu, tail = round_of(which, directory, args.crowd // 2, args.seconds)
                taken[which].append((rate, cpu, tail))
                print(f"round {number + 1} {which:10}{rate:10,.0f}/s {cpu:6.2f} µs {tail:7.2f} ms")
        slope = memory_slope(directory, args.crowd)
    middle = {
        which: [spread([each[i] for each in rounds])[1] for i in range(3)]
        for which, rounds in taken.items()
    }
    print(f"\n{slope:,.0f} bytes of private memory for each idle connection")
    line = {
        "bench": "slow-clients",
        "unit": "requests/s",
        "better": "higher",
        "hotclub": round(middle["hotclub"][0]),
        "peers": {which: round(middle[which][0]) for which in KINDS[1:]},
        "cpu_us": {which: round(values[1], 2) for which, values in middle.items()},
        "p99_ms": {which: round(values[2], 2) for which, values in middle.items()},
        "bytes_per_idle_connection": round(slope),
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()
