"""A worker as its master sees it: process, heartbeat, messages."""

from __future__ import annotations

import contextlib
import json
import mmap
import os
import struct
import time
from typing import Any

from hotclub.serve import _counters

_HEART = struct.Struct("=d")
_COUNTERS = 64  # where they begin, in bytes
NEVER = float("inf")


class Heart:
    """What a worker shares with its master: when its main thread last ran, and its counters.

    The time is ``time.monotonic()``, which all processes of a machine share.
    """

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, mmap.PAGESIZE)
        self.counters = memoryview(self._memory)[_COUNTERS:].cast("Q")
        self.notify()

    def notify(self) -> None:
        """Called by the worker: I am alive."""
        _HEART.pack_into(self._memory, 0, time.monotonic())

    def last_update(self) -> float:
        """When it was called last."""
        return float(_HEART.unpack_from(self._memory)[0])

    def silent_for(self) -> float:
        """Seconds since then."""
        return time.monotonic() - self.last_update()

    def measure(self, server: Any, threads: int) -> None:
        """Called by the worker: what is open and busy just now."""
        _counters.measure(self.counters, server, threads)

    def close(self) -> None:
        """Give the memory back."""
        self.counters.release()
        self._memory.close()


class Child:
    """One worker process; ``worker`` is what hooks are given for it."""

    def __init__(self, pid: int, generation: int, worker: Any, messages: int) -> None:
        self.pid = pid
        self.generation = generation
        self.worker = worker
        self.heart: Heart = worker.tmp
        self.messages = messages
        self.started = time.monotonic()
        self.ready = False
        self.stopping = False
        self.retiring = False
        self.kill_at = NEVER
        self.failure: str | None = None
        self._unread = b""

    @property
    def leaving(self) -> bool:
        """Whether it is to be gone soon, and another one is to take its place."""
        return self.stopping or self.retiring

    def signal(self, number: int) -> None:
        """Send a signal; a process that has gone meanwhile is no error."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def stop(self, number: int, patience: float) -> None:
        """Ask it to leave; it is killed when it has not done so in time."""
        self.stopping = True
        self.condemn(patience)
        self.signal(number)

    def condemn(self, patience: float) -> None:
        """Have it killed in so many seconds, or when it is to be anyhow: one that hangs gets no
        more time because the server is stopped, too."""
        self.kill_at = min(self.kill_at, time.monotonic() + patience)

    @property
    def condemned(self) -> bool:
        """Whether it is to be killed."""
        return self.kill_at < NEVER

    def read(self) -> list[dict[str, Any]]:
        """The messages that have come in whole; closes the descriptor at the end of the stream."""
        if self.messages < 0:
            return []
        try:
            while data := os.read(self.messages, 65536):
                self._unread += data
        except BlockingIOError:
            pass
        else:
            os.close(self.messages)
            self.messages = -1
        *lines, self._unread = self._unread.split(b"\n")
        return [json.loads(line) for line in lines]

    def close(self) -> None:
        """Give back what the master holds for this worker."""
        self.heart.close()
        if self.messages >= 0:
            os.close(self.messages)
            self.messages = -1


def send(descriptor: int, **message: Any) -> None:
    """Send one message from a worker to its master."""
    with contextlib.suppress(OSError):
        os.write(descriptor, json.dumps(message).encode() + b"\n")
