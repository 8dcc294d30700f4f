"""A worker as its master sees it: process, heartbeat, messages."""

from __future__ import annotations

import contextlib
import json
import mmap
import os
import struct
import time
from typing import Any

_HEART = struct.Struct("=dd")


class Heart:
    """Two times that a worker keeps up to date in memory it shares with its master.

    ``beat``: when the worker's main thread last ran. ``since``: when its oldest running request
    began, 0 for none. Both are ``time.monotonic()``, which all processes of a machine share.
    """

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, mmap.PAGESIZE)
        self.beat(0.0)

    def beat(self, since: float) -> None:
        """Called by the worker: I am alive, and this is when my oldest request began."""
        _HEART.pack_into(self._memory, 0, time.monotonic(), since)

    def silent_for(self) -> float:
        """Seconds since the worker's main thread ran."""
        return time.monotonic() - float(_HEART.unpack_from(self._memory)[0])

    def busy_for(self) -> float:
        """Seconds that the worker's oldest request has been running, 0 for none."""
        since = float(_HEART.unpack_from(self._memory)[1])
        return time.monotonic() - since if since else 0.0

    def close(self) -> None:
        """Give the memory back."""
        self._memory.close()


class Child:
    """One worker process."""

    def __init__(self, pid: int, generation: int, heart: Heart, messages: int) -> None:
        self.pid = pid
        self.generation = generation
        self.heart = heart
        self.messages = messages
        self.started = time.monotonic()
        self.ready = False
        self.stopping = False
        self.retiring = False
        self.kill_at = 0.0
        self.failure: str | None = None
        self._unread = b""

    def signal(self, number: int) -> None:
        """Send a signal; a process that has gone meanwhile is no error."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

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
