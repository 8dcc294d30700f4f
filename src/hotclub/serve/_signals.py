"""Signals as events of a select loop.

Only the main thread runs Python's signal handlers, and the kernel hands a process's signal to
its main thread whenever that thread does not block it. So request threads are never interrupted,
and need not block anything: a mask would be inherited by every program that a view starts.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
from collections.abc import Iterable
from types import FrameType

WATCHED = (
    signal.SIGTERM,
    signal.SIGINT,
    signal.SIGQUIT,
    signal.SIGHUP,
    signal.SIGUSR1,
    signal.SIGUSR2,
    signal.SIGTTIN,
    signal.SIGTTOU,
    signal.SIGWINCH,
    signal.SIGCHLD,
)


def hold(numbers: Iterable[int]) -> None:
    """Let these signals wait: around fork(), so that none meets the handlers of the parent."""
    signal.pthread_sigmask(signal.SIG_BLOCK, numbers)


def let_go(numbers: Iterable[int]) -> None:
    """Deliver what :func:`hold` has kept waiting."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, numbers)


class Signals:
    """Collects signals; :meth:`wait` sleeps until one came, a descriptor has news, or time is up.

    Belongs to the main thread of the process that made it.
    """

    def __init__(self, watched: Iterable[int]) -> None:
        self._pending: list[int] = []
        self._read, self._write = os.pipe()
        for descriptor in (self._read, self._write):
            os.set_blocking(descriptor, False)
        self._watched = tuple(watched)
        for number in self._watched:
            signal.signal(number, self._note)
            signal.siginterrupt(number, False)
        signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._pending.append(number)

    def wake(self) -> None:
        """End :meth:`wait` early; from any thread."""
        with contextlib.suppress(OSError):
            os.write(self._write, b"\0")

    @property
    def wake_descriptor(self) -> int:
        """Writing a byte here is :meth:`wake`, for code that is not Python."""
        return self._write

    def wait(self, descriptors: Iterable[int], seconds: float) -> tuple[list[int], list[int]]:
        """Return the signals that came, in order, and the readable descriptors."""
        readable, _, _ = select.select([self._read, *descriptors], [], [], max(0.0, seconds))
        if self._read in readable:
            readable.remove(self._read)
            with contextlib.suppress(BlockingIOError):
                while os.read(self._read, 4096):
                    pass
        came, self._pending = self._pending, []
        return came, readable

    def close(self) -> None:
        """Give the signals back to their defaults (in a child, before it sets its own)."""
        signal.set_wakeup_fd(-1)
        for number in self._watched:
            signal.signal(number, signal.SIG_DFL)
        os.close(self._read)
        os.close(self._write)


def name_of(number: int) -> str:
    """``SIGKILL`` for 9."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
