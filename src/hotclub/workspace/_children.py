"""The children of a workspace that have to be gone when it is closed."""

from __future__ import annotations

from threading import Lock

from hotclub.workspace._child import Child


class Children:
    """Those that may still run. Thread-safe: several threads start children."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._started: list[Child] = []

    def add(self, child: Child) -> None:
        """Remember one that has just been started; those that have ended are forgotten."""
        with self._lock:
            self._started = [other for other in self._started if other.alive]
            self._started.append(child)

    def kill(self) -> None:
        """End all that are left."""
        with self._lock:
            started, self._started = self._started, []
        for child in started:
            child.kill()
