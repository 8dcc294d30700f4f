"""What workers count, in memory that they share with the master (binding/metrics.c writes it).

Counters only grow; those of workers that have gone are kept by the master. Gauges are written by
each worker's main thread, about once a second.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterable, Sequence
from typing import Any

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
CLASSES = ("1xx", "2xx", "3xx", "4xx", "5xx")
REQUESTS, STATUS, QUEUED, LOCK, PYTHON, TOTAL, FILES, HISTOGRAM = 0, 1, 6, 7, 8, 9, 10, 11
COUNTED = HISTOGRAM + len(BUCKETS) + 1  # how many counters there are
ACCEPTED, REFUSED = COUNTED, COUNTED + 1  # counters, too, that the main thread copies
SUMMED = COUNTED + 2  # all that is added up over workers that have gone
CONNECTIONS, BUSY, THREADS, MEMORY = SUMMED, SUMMED + 1, SUMMED + 2, SUMMED + 3  # gauges


def measure(counters: Any, server: Any, threads: int) -> None:
    """Write the gauges of this process."""
    connections, accepted, refused, busy = server.counts()
    counters[ACCEPTED], counters[REFUSED] = accepted, refused
    counters[CONNECTIONS], counters[BUSY], counters[THREADS] = connections, busy, threads
    counters[MEMORY] = resident()


def resident() -> int:
    """Bytes of memory that this process holds."""
    with open("/proc/self/statm", "rb") as file:
        return int(file.read().split()[1]) * mmap.PAGESIZE


def added(all_of_them: Iterable[Sequence[int]]) -> list[int]:
    """The sums of several workers' counters."""
    sums = [0] * SUMMED
    for counters in all_of_them:
        for index in range(SUMMED):
            sums[index] += counters[index]
    return sums


def quantile(histogram: Sequence[int], share: float) -> float:
    """The time that ``share`` of the requests stayed below, between two limits by their share."""
    wanted = sum(histogram) * share
    below, floor = 0, 0.0
    for count, limit in zip(histogram, BUCKETS, strict=False):
        if count and below + count >= wanted:
            return floor + (limit - floor) * (wanted - below) / count
        below += count
        floor = limit
    return BUCKETS[-1] if below or sum(histogram) else 0.0
