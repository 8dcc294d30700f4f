"""What recording costs: a page of 51 queries with a tool and without it, in random pairs.

Each tool has processes of its own: one with the tool and its twin without, that ask for the page
in turn. Times are processor time of the request's thread, so that other
work on the machine counts for nobody; what hotclub's writer takes is added to its requests. The
first requests of a process, and the first writing, which makes the file and reads the sources,
count for nobody either.
The interval is that of the median ratio, by bootstrap.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench._harness import ROOT, Contender, bench_python, install, spread

PAIRS = int(os.environ.get("BENCH_PAIRS", "1200"))
"""Of hotclub's; the peers, which are further apart, get a quarter."""
ROUNDS = 6  # processes for each tool, in turn
PAGE = Path(__file__).parent / "served" / "recording_page.py"


def nothing(port: int) -> list[str]:
    """These contenders serve nothing; only what they need is of interest."""
    return [str(port)]


CONTENDERS = [
    Contender("hotclub", nothing, ("Django",)),
    Contender("plain", nothing, ("Django",)),
    Contender("zeal", nothing, ("Django", "django-zeal")),
    Contender("query-doctor", nothing, ("Django", "django-query-doctor")),
]


def measure(contender: Contender, pairs: int) -> dict[str, Any]:
    """One process of one tool."""
    with tempfile.TemporaryDirectory() as directory:
        command = [bench_python(), PAGE, contender.name, str(pairs), f"{directory}/page.sqlite3"]
        environ = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
        done = subprocess.run(command, env=environ, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{contender.name} failed:\n{done.stderr[-3000:]}")
    result: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return result


def interval(ratios: list[float]) -> tuple[float, float]:
    """The 95 % interval of the median, from 1,000 resamples."""
    medians = sorted(statistics.median(random.choices(ratios, k=len(ratios))) for _ in range(1000))
    return medians[25], medians[974]


def main() -> None:
    install(CONTENDERS)
    here = [each for each in CONTENDERS if each.missing is None]
    ratios: dict[str, list[float]] = {each.name: [] for each in here}
    plain: dict[str, list[float]] = {each.name: [] for each in here}
    for number in range(ROUNDS):
        for contender in here if number % 2 == 0 else reversed(here):
            share = 1 if contender.name == "hotclub" else 4
            got = measure(contender, -(-PAIRS // (share * ROUNDS)))
            writing = got["writing"]
            ratios[contender.name] += [(on + writing) / off for on, off in got["pairs"]]
            plain[contender.name] += [off / 1e6 for _, off in got["pairs"]]
            now = 100 * (statistics.median(ratios[contender.name]) - 1)
            print(f"round {number + 1}/{ROUNDS} {contender.name:13} {now:+7.2f} %", flush=True)
    report(ratios, plain)


def report(ratios: dict[str, list[float]], plain: dict[str, list[float]]) -> None:
    """The table, and the line that bench/__main__.py reads."""
    heads = ("over plain", 12), ("95 % interval", 20), ("quartiles", 20), ("pairs", 8)
    print("\n" + " " * 14 + "".join(f"{head:>{width}}" for head, width in heads) + "  plain ms")
    result = {}
    for name, found in ratios.items():
        low, high = (100 * (value - 1) for value in interval(found))
        first, middle, third = (100 * (value - 1) for value in spread(found))
        result[name] = round(middle, 2)
        print(
            f"{name:14}{f'{middle:+.2f} %':>12}{f'{low:+.2f} … {high:+.2f}':>20}"
            f"{f'{first:+.1f} … {third:+.1f}':>20}{len(found):8}"
            f"{statistics.median(plain[name]):10.2f}"
        )
    for contender in CONTENDERS:
        if contender.missing:
            print(f"{contender.name:14}not measured: {contender.missing}")
    ours = result.pop("hotclub")
    line = {"bench": "recording", "unit": "% over plain", "better": "lower", "hotclub": ours}
    print(json.dumps({**line, "peers": result}))


if __name__ == "__main__":
    sys.exit(main())
