"""Small views beside slow ones on one core: what the small ones' worst hundredth waits.

Open loop for each server in turn: 200 small views a second, 50 with ten queries, 200 static
files of 10 KB, 2 that sleep for a second and 1.5 that burn 200 ms. One worker, 16 threads: with
eight of them the sleepers, which come by chance, take all now and then, and what is measured is how
long any server waits for one to wake up.

.venv/bin/python -m bench.mixed [--rounds N] [--seconds S] [--threads N] [--only NAME …]
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import statistics
import tempfile
from pathlib import Path

from bench._django_servers import contenders, database
from bench._harness import Contender, cores, install, running
from bench._open_loop import Latencies, Loader, side_by_side

SMALL, QUERIES, STATIC = "/", "/queries/10/", "/static/ten.bin"
MIX = {SMALL: 200.0, QUERIES: 50.0, STATIC: 200.0, "/sleeps/": 2.0, "/burns/": 1.5}
SERVERS = ("hotclub", "gunicorn", "granian")
WARM_UP = {SMALL: 50.0, QUERIES: 20.0, STATIC: 50.0}

Rounds = list[dict[str, Latencies]]


def load(contender: Contender, directory: Path, seconds: float, seed: int) -> dict[str, Latencies]:
    """One round of one server."""
    with running(contender, directory) as (_, port):
        asyncio.run(Loader(port).run(WARM_UP, 1.0, 0))
        return side_by_side(port, MIX, seconds, seed)


def median(rounds: Rounds, path: str, share: float) -> float:
    return statistics.median(found[path].quantile(share) for found in rounds)


def report(taken: dict[str, Rounds], missing: list[Contender]) -> None:
    """The table, and the line that bench/__main__.py reads."""
    print(f"\n{'ms':12}{'path':16}{'p50':>9}{'p99':>9}{'longest':>10}{'failed':>8}")
    for name, rounds in taken.items():
        for path in MIX:
            failed = sum(found[path].failed for found in rounds)
            figures = [median(rounds, path, share) for share in (0.5, 0.99, 1.0)]
            low, high, longest = figures
            print(f"{name:12}{path:16}{low:9.1f}{high:9.1f}{longest:10.1f}{failed:8}")
    for contender in missing:
        print(f"{contender.name:12}not measured: {contender.missing}")
    p99 = {name: round(median(rounds, SMALL, 0.99), 2) for name, rounds in taken.items()}
    static = {name: round(median(rounds, STATIC, 0.99), 2) for name, rounds in taken.items()}
    line = {"bench": "mixed", "unit": "ms, p99 of the small view", "better": "lower"}
    print(json.dumps({**line, "hotclub": p99.pop("hotclub"), "peers": p99, "static_p99": static}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--threads", type=int, default=16)
    parser.add_argument("--only", nargs="+", help="these servers, hotclub besides")
    args = parser.parse_args()
    os.sched_setaffinity(0, {int(cores()[1])})
    gc.disable()  # a pause of the generator's own would be the server's
    wanted = {"hotclub", *(args.only or SERVERS)}
    with tempfile.TemporaryDirectory() as directory:
        where = Path(directory)
        (where / "static").mkdir()
        (where / "static" / "ten.bin").write_bytes(os.urandom(10_000))
        all_servers = contenders(where / "books.sqlite3", threads=args.threads, static=True)
        servers = [each for each in all_servers if each.name in wanted]
        install(servers)
        database(where)
        here = [each for each in servers if each.missing is None]
        taken: dict[str, Rounds] = {each.name: [] for each in here}
        for number in range(args.rounds):
            for contender in here if number % 2 == 0 else reversed(here):
                found = load(contender, where, args.seconds, number)
                taken[contender.name].append(found)
                small = found[SMALL].quantile(0.99)
                print(f"round {number + 1}/{args.rounds} {contender.name:10} {small:8.1f} ms")
    report(taken, [each for each in servers if each.missing])


if __name__ == "__main__":
    main()
