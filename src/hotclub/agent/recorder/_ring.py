"""What waits to be written: bounded, and never waited for.

`put` is called on the request's path. It appends, or drops and counts; it takes no longer
because the disk is slow. One thread empties the ring every so often, in one transaction. The
thread is started by the first request of a process, so that a master which forks its workers
has none.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from typing import TYPE_CHECKING
from weakref import WeakSet

from ._state import Trace

if TYPE_CHECKING:
    from ._config import Config
    from ._writer import Writer

EVENT_BYTES = 500  # what a span or batch takes, roughly
_rings: WeakSet[Ring] = WeakSet()


class Ring:
    """Takes traces, hands them to the writer."""

    def __init__(self, config: Config, writer: Writer) -> None:
        self._config = config
        self._writer = writer
        self._reset()
        _rings.add(self)

    def _reset(self) -> None:
        self._waiting: deque[tuple[Trace, int, int]] = deque()
        self._events = 0
        self._bytes = 0
        self._lock = threading.Lock()  # for the counters
        self._draining = threading.Lock()  # held while writing
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def put(self, trace: Trace) -> None:
        """Queue a finished trace, or drop it when too much is waiting."""
        events = 1 + len(trace.spans) + len(trace.batches)
        exchange = trace.exchange
        size = EVENT_BYTES * events + len(exchange.content or b"") + len(exchange.kept)
        with self._lock:
            config = self._config
            full = (
                self._events + events > config.ring_events or self._bytes + size > config.ring_bytes
            )
            if full or self._stop.is_set():
                self._writer.dropped(1, events, "too much was waiting to be written")
                trace.forget()
                return
            self._events += events
            self._bytes += size
            self._waiting.append((trace, events, size))
            if self._thread is None:
                self._start()
        if not self._wake.is_set():
            self._wake.set()

    def flush(self) -> None:
        """Write now whatever is waiting."""
        with self._draining:
            self._drain()

    def close(self) -> None:
        """Write the rest and end the thread and the process's row."""
        self._stop.set()
        self._wake.set()
        self.flush()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(self._config.patience)
        self._writer.close()

    def _start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="hotclub-recorder", daemon=True)
        try:
            self._thread.start()
        except RuntimeError:  # no threads any more: the interpreter is ending; close() writes
            self._thread = None

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wake.wait()
            # Let what comes next join the same transaction.
            self._stop.wait(self._config.interval)
            self._wake.clear()
            self.flush()

    def _drain(self) -> None:
        batch: list[Trace] = []
        events = size = 0
        while self._waiting:
            trace, its_events, its_size = self._waiting.popleft()
            batch.append(trace)
            events += its_events
            size += its_size
        if not batch:
            return
        self._writer.write(batch, events)
        for trace in batch:
            trace.forget()
        with self._lock:
            self._events -= events
            self._bytes -= size


def _after_fork() -> None:
    for ring in list(_rings):
        ring._reset()
        ring._writer.abandon()


os.register_at_fork(after_in_child=_after_fork)
