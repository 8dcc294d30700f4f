"""A database's own program that reads, piped into one that writes."""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO

TELL_SECONDS = 3.0
POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Half:
    """One of the two: its command and environment, the file for what it says, and of the one that
    writes the file for what it prints."""

    command: Sequence[str]
    environ: Mapping[str, str]
    said: IO[str]
    printed: IO[str] | None = None


def piped(reading: Half, writing: Half, tell: Callable[[], None]) -> tuple[int, int]:
    """Run both to their ends, telling every few seconds; their exit statuses.

    Whatever comes between, neither is left running.
    """
    with contextlib.ExitStack() as stack:
        first = stack.enter_context(_running(reading, stdout=subprocess.PIPE))
        second = stack.enter_context(
            _running(writing, stdin=first.stdout, stdout=writing.printed or subprocess.DEVNULL)
        )
        assert first.stdout is not None
        first.stdout.close()
        _wait(second, tell)
        return first.wait(), second.wait()


@contextlib.contextmanager
def _running(half: Half, **streams: object) -> Iterator[subprocess.Popen[bytes]]:
    process: subprocess.Popen[bytes] = subprocess.Popen(
        half.command, env=dict(half.environ), stderr=half.said, **streams
    )  # type: ignore[call-overload]
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def _wait(process: subprocess.Popen[bytes], tell: Callable[[], None]) -> None:
    told = time.monotonic()
    while True:
        try:
            process.wait(POLL_SECONDS)
            return
        except subprocess.TimeoutExpired:
            pass
        if time.monotonic() - told > TELL_SECONDS:
            tell()
            told = time.monotonic()
