"""What is done beside something else, where there is a second processor to do it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from typing import TypeVar

from hotclub.doctor.diagnosis import Progress

Result = TypeVar("Result")


@contextmanager
def beside(work: Callable[[], Result]) -> Iterator[Callable[[], Result]]:
    """Begin with ``work`` at once, in a thread; what is yielded waits for it and gives its result,
    or raises what it has raised.

    On one processor it is done when it is asked for: two things that are measured at a time would
    only make each other slow. Who leaves without asking does not wait.
    """
    if not several_processors():
        yield cache(work)
        return
    pool = ThreadPoolExecutor(1)
    try:
        yield pool.submit(work).result
    finally:
        pool.shutdown(wait=False)


def several_processors() -> bool:
    """Whether this process may use more than one."""
    return processors() > 1


def processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0))


class Muted:
    """Progress of what is done beside something else that tells of its own, until that is over."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self.muted = True

    def __call__(self, text: str, done: int = 0, total: int = 0) -> None:
        if not self.muted:
            self._progress(text, done, total)
