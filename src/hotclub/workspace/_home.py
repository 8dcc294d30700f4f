"""The workspace's directory: made in the temporary directory, locked, and gone at the end.

A driver that was killed outright cannot clean up. Its directory is not locked any more, and the
next workspace made in the same place removes it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import tempfile
import threading
import weakref
from pathlib import Path
from types import FrameType
from typing import Any

_PREFIX = "hotclub-"
_LOCK = "lock"
_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


class Home:
    """A locked directory that is removed by :meth:`remove`, at exit, or on SIGTERM/SIGHUP."""

    def __init__(self, path: Path, lock: int, keep: bool) -> None:
        self.path = path
        self._finalizer = weakref.finalize(self, _remove, path, lock, keep, os.getpid())
        self._handlers = _end_on_signals()

    @classmethod
    def make(cls, keep: bool = False, parent: Path | None = None) -> Home:
        """Make the directory below ``TMPDIR``, or below ``parent``; clear those whose owner was
        killed."""
        parent = parent or Path(tempfile.gettempdir()).resolve()
        _sweep(parent)
        hidden = Path(tempfile.mkdtemp(prefix=f".{_PREFIX}", dir=parent))
        name = "kept" if keep else _LOCK
        lock = os.open(hidden / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        path = hidden.with_name(hidden.name[1:])
        os.rename(hidden, path)  # those who sweep never see it unlocked
        return cls(path, lock, keep)

    def remove(self) -> None:
        """Remove the directory, unless it is to be kept. Safe to call twice."""
        for number, handler in self._handlers.items():
            with contextlib.suppress(ValueError):
                signal.signal(number, handler)
        self._handlers = {}
        self._finalizer()


def _remove(path: Path, lock: int, keep: bool, owner: int) -> None:
    if os.getpid() != owner:
        return
    if not keep:
        _remove_tree(path)
    os.close(lock)


def _remove_tree(path: Path) -> None:
    """Remove a tree, also where a project has taken away its own directories' permissions."""
    shutil.rmtree(path, ignore_errors=True)
    if path.exists():
        for directory, _, _ in os.walk(path):
            with contextlib.suppress(OSError):
                os.chmod(directory, 0o700)
        shutil.rmtree(path, ignore_errors=True)


def _sweep(parent: Path) -> None:
    for path in parent.glob(f"{_PREFIX}*/{_LOCK}"):
        try:
            lock = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError:
            continue
        try:
            if os.fstat(lock).st_uid == os.getuid():
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _remove_tree(path.parent)
        except OSError:
            pass
        finally:
            os.close(lock)


def _end_on_signals() -> dict[int, Any]:
    """Turn the signals that end a process by default into an orderly exit."""
    if threading.current_thread() is not threading.main_thread():
        return {}
    handlers: dict[int, Any] = {}
    for number in _SIGNALS:
        if signal.getsignal(number) is signal.SIG_DFL:
            handlers[number] = signal.signal(number, _exit)
    return handlers


def _exit(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)
