"""Large bodies, up or down, one at a time: what upload.py and stream.py share.

Each round sends or takes ``BODIES`` bodies of 100 MB over one connection at a time and reads the
server's CPU time before and after.
"""

from __future__ import annotations

import argparse
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bench._harness import (
    ROOT,
    VENV,
    Contender,
    Sample,
    cpu_seconds,
    install,
    report,
    running,
)

SIZE = 100_000_000
BODIES = 10
BLOCK = bytes(range(256)) * 1024

APPLICATION = '''\
"""Counts what comes, and sends as much."""

BLOCK = bytes(range(256)) * 256


def application(environ, start_response):
    if environ["REQUEST_METHOD"] == "POST":
        count = 0
        while piece := environ["wsgi.input"].read(65536):
            count += len(piece)
        body = str(count).encode()
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]
    start_response("200 OK", [("Content-Type", "application/octet-stream")])
    return pieces(int(environ["QUERY_STRING"]))


def pieces(left):
    while left > 0:
        yield BLOCK[:left]
        left -= len(BLOCK)
'''

Transfer = Callable[[int], None]


def contenders() -> list[Contender]:
    """Each with one worker; gunicorn with threads, as it is used for large bodies."""
    bin = VENV / "bin"
    ours = [sys.executable, "-m", "hotclub", "serve", "bodies:application", "--workers", "1"]
    return [
        Contender(
            "hotclub",
            lambda port: [*ours, "--bind", f"127.0.0.1:{port}"],
            environment={"PYTHONPATH": str(ROOT / "src")},
        ),
        Contender(
            "gunicorn",
            lambda port: [
                f"{bin}/gunicorn", "-w1", "--threads", "4", "-b", f"127.0.0.1:{port}",
                "bodies:application",
            ],
            ("gunicorn",),
        ),
        Contender(
            "granian",
            lambda port: [
                f"{bin}/granian", "--interface", "wsgi", "--workers", "1", "--no-access-log",
                "--host", "127.0.0.1", "--port", str(port), "bodies:application",
            ],
            ("granian",),
        ),
    ]  # fmt: skip


def upload(port: int) -> None:
    head = f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {SIZE}\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), 60) as client:
        client.sendall(head.encode())
        left = SIZE
        while left > 0:
            client.sendall(BLOCK[:left])
            left -= len(BLOCK)
        answer = b""
        while more := client.recv(65536):
            answer += more
    assert answer.endswith(b"\r\n\r\n%d" % SIZE), answer[-200:]


def download(port: int) -> None:
    head = f"GET /?{SIZE} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    buffer, count = bytearray(1 << 20), 0
    with socket.create_connection(("127.0.0.1", port), 60) as client:
        client.sendall(head.encode())
        while more := client.recv_into(buffer):
            count += more
    assert SIZE < count < SIZE + SIZE // 100, count


def sample(contender: Contender, directory: Path, transfer: Transfer) -> Sample:
    """One round: MB/s, and microseconds of CPU time for each MB."""
    with running(contender, directory) as (pid, port):
        transfer(port)
        before, started = cpu_seconds(pid), time.monotonic()
        for _ in range(BODIES):
            transfer(port)
        seconds, spent = time.monotonic() - started, cpu_seconds(pid) - before
    megabytes = BODIES * SIZE / 1e6
    return Sample(megabytes / seconds, spent / megabytes * 1e6, 0)


def measure(
    servers: Sequence[Contender], directory: Path, rounds: int, transfer: Transfer
) -> dict[str, list[Sample]]:
    here = [each for each in servers if each.missing is None]
    samples: dict[str, list[Sample]] = {each.name: [] for each in here}
    for number in range(rounds):
        for contender in here if number % 2 == 0 else reversed(here):
            got = sample(contender, directory, transfer)
            samples[contender.name].append(got)
            print(f"round {number + 1}/{rounds} {contender.name:10} {got.rate:8,.0f} MB/s")
    return samples


def main(name: str, transfer: Transfer) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=10)
    args = parser.parse_args()
    servers = contenders()
    install(servers)
    with tempfile.TemporaryDirectory() as directory:
        Path(directory, "bodies.py").write_text(APPLICATION)
        samples = measure(servers, Path(directory), args.rounds, transfer)
    report(name, servers, samples, {"unit": "MB/s"})
