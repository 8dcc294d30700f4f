"""Notices that the code of the application has changed, for ``--reload``.

inotify wakes the thread when something happens in a directory of the code; whether a file that
matters has changed is then seen from its time, as it is with polling. So both engines agree.
"""

from __future__ import annotations

import ctypes
import glob
import os
import select
import sys
import threading
import time
from collections.abc import Callable

from hotclub.errors import HotclubError
from hotclub.serve._config import Config

INTERVAL = 1.0
# IN_MODIFY, IN_ATTRIB, IN_CLOSE_WRITE, IN_MOVED_FROM, IN_MOVED_TO, IN_CREATE, IN_DELETE
EVENTS = 0x2 | 0x4 | 0x8 | 0x40 | 0x80 | 0x100 | 0x200


class Reloader:
    """Calls ``changed(path)`` once, from a thread of its own, when a file is newer than before."""

    def __init__(self, config: Config, changed: Callable[[str], None]) -> None:
        self._extra = list(config.reload_extra_files)
        self._changed = changed
        self._notes: Notes | None = None
        self._started = time.time()
        if config.reload_engine != "poll":
            try:
                self._notes = Notes()
            except OSError as error:
                if config.reload_engine == "inotify":
                    raise HotclubError(f"--reload-engine inotify: {error.strerror}") from None
        self._times: dict[str, int] = {}
        self.look()

    def start(self) -> None:
        """Begin to watch."""
        threading.Thread(target=self._watch, name="hotclub-reloader", daemon=True).start()

    def _watch(self) -> None:
        while True:
            path = self.look()
            if path is not None:
                self._changed(path)
                return
            if self._notes is None:
                time.sleep(INTERVAL)
            else:
                self._notes.wait({os.path.dirname(path) for path in self._times}, INTERVAL)

    def look(self) -> str | None:
        """A file that has changed since it was looked at first."""
        for path in self._files():
            try:
                stamp = os.stat(path).st_mtime_ns
            except OSError:
                continue
            if self._times.setdefault(path, stamp) != stamp:
                return path
        return None

    def _files(self) -> set[str]:
        found = set()
        for module in tuple(sys.modules.values()):
            path = getattr(module, "__file__", None)
            if path:
                found.add(path[:-1] if path.endswith((".pyc", ".pyo")) else path)
        found.update(_beside_manage())
        for pattern in self._extra:
            found.update(glob.glob(pattern, recursive=True))
        return found


def _beside_manage() -> list[str]:
    """Sources in the directory itself: one that could not be imported is in no module."""
    return [os.path.abspath(name) for name in os.listdir(".") if name.endswith(".py")]


class Notes:
    """inotify(7), of which Python has no module."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(None, use_errno=True)
        self._descriptor = self._library.inotify_init1(os.O_CLOEXEC | os.O_NONBLOCK)
        if self._descriptor < 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        self._watched: set[str] = set()

    def wait(self, directories: set[str], seconds: float) -> None:
        """Sleep until something happens in one of them, or so long."""
        for directory in directories - self._watched:
            self._watched.add(directory)
            name = os.fsencode(directory or ".")
            self._library.inotify_add_watch(self._descriptor, name, EVENTS)
        if select.select([self._descriptor], [], [], seconds)[0]:
            os.read(self._descriptor, 65536)
