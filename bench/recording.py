"""What recording costs: pages with a tool and without it, in random pairs.

The page that is judged has 51 queries, fifty of them alike. Beside it: the same below sixty
template nodes, a page of three queries, and one without any, whose cost is that of a request; what
the others cost more is their queries'.

Each tool has processes of its own: one with the tool and its twin without, that ask for the page
in turn, on one core. Times are processor time of the request's thread, so that other work on the
machine counts for nobody; what hotclub's writer takes is added to its requests. The first requests
of a process, and the first writing, which makes the file and reads the sources, count for nobody
either.

What is compared are the sums over a *block* of pairs, as many as are written at once: the garbage
collector runs in few requests, and the median of single ones would never see it. The interval is
that of the median block's ratio, by bootstrap.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench._harness import ROOT, Contender, bench_python, cores, install, spread

PAIRS = int(os.environ.get("BENCH_PAIRS", "1200"))
"""Of hotclub's; the peers, which are further apart, get a quarter."""
ROUNDS = 12  # processes for each tool and page, in turn: each is quick or slow by some per cent
BLOCK = 25  # pairs; recording_page.py writes as often
QUERIES = {"queries": 51, "frames": 51, "small": 3, "bare": 0}  # of each page
JUDGED = "queries"
PAGE = Path(__file__).parent / "served" / "recording_page.py"

Block = tuple[float, float]
"""Nanoseconds that a request took on average, with the tool and without."""


def nothing(port: int) -> list[str]:
    """These contenders serve nothing; only what they need is of interest."""
    return [str(port)]


CONTENDERS = [
    Contender("hotclub", nothing, ("Django",)),
    Contender("plain", nothing, ("Django",)),
    Contender("zeal", nothing, ("Django", "django-zeal")),
    Contender("query-doctor", nothing, ("Django", "django-query-doctor")),
    Contender("silk", nothing, ("Django", "django-silk")),
]


def measure(contender: Contender, page: str, pairs: int) -> list[Block]:
    """One process of one tool."""
    with tempfile.TemporaryDirectory() as directory:
        database = f"{directory}/page.sqlite3"
        python = ["taskset", "-c", cores()[0], str(bench_python())]
        command = [*python, str(PAGE), contender.name, page, str(pairs), database]
        environ = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
        done = subprocess.run(command, env=environ, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{contender.name} failed:\n{done.stderr[-3000:]}")
    result: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return list(blocks(result["pairs"], result["writing"]))


def blocks(pairs: list[tuple[int, int]], writing: float) -> Iterator[Block]:
    """The averages of each block; the last has to be whole."""
    for start in range(0, len(pairs), BLOCK):
        some = pairs[start : start + BLOCK]
        yield writing + statistics.mean(on for on, _ in some), statistics.mean(o for _, o in some)


def interval(values: list[float]) -> tuple[float, float]:
    """The 95 % interval of the median, from 1,000 resamples."""
    medians = sorted(statistics.median(random.choices(values, k=len(values))) for _ in range(1000))
    return medians[25], medians[974]


def share(contender: Contender) -> int:
    """The pairs of one of its processes: whole blocks."""
    part = PAIRS if contender.name == "hotclub" else PAIRS // 4
    return BLOCK * -(-part // (ROUNDS * BLOCK))


def main() -> None:
    install(CONTENDERS)
    here = [each for each in CONTENDERS if each.missing is None]
    found: dict[tuple[str, str], list[Block]] = {
        (page, each.name): [] for page in QUERIES for each in here
    }
    for number in range(ROUNDS):
        for contender in here if number % 2 == 0 else reversed(here):
            for page in QUERIES:
                found[page, contender.name] += measure(contender, page, share(contender))
            now = percent(statistics.median(ratios(found[JUDGED, contender.name])))
            print(f"round {number + 1}/{ROUNDS} {contender.name:13} {now:+7.2f} %", flush=True)
    report(found)


def percent(ratio: float) -> float:
    return 100 * (ratio - 1)


def ratios(found: list[Block]) -> list[float]:
    return [on / off for on, off in found]


def extra(found: list[Block]) -> list[float]:
    """The microseconds that a request takes longer, by block."""
    return [(on - off) / 1000 for on, off in found]


def row(name: str, page: str, found: list[Block], bare: float) -> str:
    """One line of the table. *bare* is what the tool costs a request without queries."""
    middle, (low, high) = percent(statistics.median(ratios(found))), interval(ratios(found))
    first, _, third = map(percent, spread(ratios(found)))
    cost = statistics.median(extra(found))
    queries = QUERIES[page]
    each = f"{(cost - bare) / queries:.1f}" if queries else ""
    return (
        f"{name:14}{page:9}{f'{middle:+.2f} %':>12}"
        f"{f'{percent(low):+.2f} … {percent(high):+.2f}':>20}{f'{first:+.1f} … {third:+.1f}':>18}"
        f"{cost:13,.1f}{each:>10}{statistics.median(off for _, off in found) / 1e6:10.2f}"
        f"{BLOCK * len(found):7}"
    )


def report(found: dict[tuple[str, str], list[Block]]) -> None:
    """The table, and the line that bench/__main__.py reads."""
    heads = ("over plain", 12), ("95 % interval", 20), ("quartiles", 18), ("µs a request", 13)
    more = ("a query", 10), ("plain ms", 10), ("pairs", 7)
    print(f"\n{'':14}{'page':9}" + "".join(f"{head:>{width}}" for head, width in heads + more))
    bare = {
        name: statistics.median(extra(of)) for (page, name), of in found.items() if page == "bare"
    }
    for (page, name), of in found.items():
        print(row(name, page, of, bare[name]))
    for contender in CONTENDERS:
        if contender.missing:
            print(f"{contender.name:14}not measured: {contender.missing}")
    print(json.dumps(line(found, bare)))


def line(found: dict[tuple[str, str], list[Block]], bare: dict[str, float]) -> dict[str, Any]:
    """What is kept: of the page that is judged, for all; of the others, for hotclub."""

    def over_plain(page: str, name: str) -> float:
        return round(percent(statistics.median(ratios(found[page, name]))), 2)

    peers = {name: over_plain(JUDGED, name) for name in bare if name != "hotclub"}
    cost = statistics.median(extra(found[JUDGED, "hotclub"]))
    return {
        "bench": "recording",
        "unit": "% over plain",
        "better": "lower",
        "hotclub": over_plain(JUDGED, "hotclub"),
        "peers": peers,
        "pages": {page: over_plain(page, "hotclub") for page in QUERIES},
        "us_per_request": round(bare["hotclub"], 1),
        "us_per_query": round((cost - bare["hotclub"]) / QUERIES[JUDGED], 1),
    }


if __name__ == "__main__":
    main()
