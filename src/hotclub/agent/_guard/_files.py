"""Files: nothing outside the writable roots changes."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from hotclub.agent._guard._log import Log
from hotclub.agent._guard._paths import inside

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


def _is_preloaded() -> bool:
    try:
        with open("/proc/self/maps", encoding="utf-8", errors="replace") as maps:
            return "libhotclub_guard" in maps.read()
    except OSError:
        return False


class Files:
    """One method for each audit event about files; `events` says which."""

    def __init__(self, roots: tuple[str, ...], log: Log) -> None:
        self._roots = roots
        self._log = log
        self.events: dict[str, Callable[..., None]] = {
            "open": self._open,
            "os.mkdir": lambda path, mode, at=-1: self._make("mkdir", path, at),
            "os.symlink": lambda to, path, at=-1: self._make("symlink", path, at),
            "os.link": self._link,
            "os.rename": self._rename,
            "os.remove": lambda path, at=-1: self._alter("unlink", path, at, False),
            "os.rmdir": lambda path, at=-1: self._alter("rmdir", path, at, False),
            "os.truncate": lambda path, length: self._alter("truncate", path),
            "os.chmod": lambda path, mode, at=-1: self._alter("chmod", path, at),
            "os.chown": lambda path, user, group, at=-1: self._alter("chown", path, at),
            "os.utime": lambda path, times, ns, at=-1: self._alter("utime", path, at),
            "os.setxattr": lambda path, *_: self._alter("setxattr", path),
            "os.removexattr": lambda path, *_: self._alter("removexattr", path),
        }
        if not _is_preloaded():
            self.events["sqlite3.connect"] = self._sqlite

    def _open(self, path: Any, _: str | None, flags: int) -> None:
        if isinstance(path, int) or not flags & _WRITES:
            return
        if not flags & os.O_CREAT:
            self._alter("open", path)
        elif flags & os.O_EXCL:
            self._make("open", path)
        else:
            self._place("open", path, follow=True)

    def _sqlite(self, database: Any) -> None:
        """SQLite opens its files by itself; the preloaded library sees that, and lets it read."""
        path = os.fsdecode(database)
        if path.startswith("file:"):
            url = urlsplit(path)
            options = parse_qs(url.query)
            if options.get("mode", [""])[0] in ("ro", "memory") or "immutable" in options:
                return
            path = unquote(url.path)
        if path and path != ":memory:":
            self._place("open", path, follow=True)

    def _link(self, old: Any, path: Any, old_at: int = -1, at: int = -1) -> None:
        self._alter("link", old, old_at, follow=False)
        self._make("link", path, at)

    def _rename(self, old: Any, path: Any, old_at: int = -1, at: int = -1) -> None:
        self._alter("rename", old, old_at, follow=False)
        self._place("rename", path, at)

    def _make(self, what: str, path: Any, at: int = -1) -> None:
        """A name that must be free: if it is not, the system's own answer is the one to give."""
        outside = self._outside(path, at, False)
        if outside and not os.path.lexists(outside) and os.path.isdir(os.path.dirname(outside)):
            self._forbid(what, outside)

    def _place(self, what: str, path: Any, at: int = -1, follow: bool = False) -> None:
        outside = self._outside(path, at, follow)
        if outside and os.path.isdir(os.path.dirname(outside)):
            self._forbid(what, outside)

    def _alter(self, what: str, path: Any, at: int = -1, follow: bool = True) -> None:
        outside = self._outside(path, at, follow)
        if outside and os.path.lexists(outside):
            self._forbid(what, outside)

    def _outside(self, path: Any, at: int, follow: bool) -> str | None:
        """Where a change would happen, if that is outside the workspace."""
        resolved = self._resolve(path, at, follow)
        if resolved is None or not resolved.startswith("/"):
            return None
        own = ("/dev", f"/proc/{os.getpid()}")
        return None if inside(resolved, self._roots + own) else resolved

    def _resolve(self, path: Any, at: int, follow: bool) -> str | None:
        """Where a change would happen; None for what is no path of a file."""
        try:
            if isinstance(path, int):
                return os.readlink(f"/proc/self/fd/{path}") if path >= 0 else None
            text = os.fsdecode(path)
            if at >= 0 and not text.startswith("/"):
                text = os.path.join(os.readlink(f"/proc/self/fd/{at}"), text)
            if follow:
                return os.path.realpath(text)
            parent, name = os.path.split(text.rstrip("/") or "/")
            return os.path.join(os.path.realpath(parent or "."), name)
        except (OSError, ValueError, TypeError):
            return None

    def _forbid(self, what: str, path: str) -> None:
        self._log.refusal("file", what, path)
        raise PermissionError(
            errno.EACCES, "hotclub: the workspace does not write outside itself", path
        )
