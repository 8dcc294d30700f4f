"""What a worker does about a request that runs for longer than ``timeout``.

A thread cannot be killed. So the client, if it has had nothing yet, is told 504; what every thread
was doing goes to the log; another worker takes this one's place; and the other requests of this
one get the graceful time before it is gone, unless no thread is left that could run them.
"""

from __future__ import annotations

import sys
import threading
import time
import traceback
from typing import TYPE_CHECKING

from hotclub.serve import _log

if TYPE_CHECKING:
    from hotclub.serve._worker import Worker


LAST_BYTES = 2.0  # seconds for responses on their way, when no thread is left


class Overtime:
    """Asked at every tick of the worker's main thread."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._limit = worker.cfg.timeout
        self.over = 0  # requests that have run too long and still do

    def check(self) -> None:
        """Look at the running requests."""
        server = self._worker.server
        oldest = server.oldest()
        if not self._limit or not oldest or time.monotonic() - oldest <= self._limit:
            self.over = 0
            return
        self.over = server.expire(self._limit)
        if not self._worker.aborted:
            self._give_up()
        if self.over >= self._worker.cfg.max_threads:
            self._worker.hurry(LAST_BYTES)

    def _give_up(self) -> None:
        worker = self._worker
        worker.aborted = True
        why = f"a request has run for more than {self._limit:g} s"
        _log.error(f"{why}; the stacks of worker {worker.pid} follow\n{stacks()}")
        worker.hook("worker_abort", worker)
        worker.retire(why, "timeout")

    def alone(self) -> bool:
        """Whether nothing but requests that have run too long is left."""
        return self._worker.aborted and self._worker.server.connections <= self.over


def stacks() -> str:
    """What every thread is doing, this one left out."""
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    parts = []
    for ident, frame in sys._current_frames().items():
        if ident != threading.get_ident():
            text = "".join(traceback.format_stack(frame)).rstrip()
            parts.append(f"Thread {names.get(ident, ident)}:\n{text}")
    return "\n".join(parts)
