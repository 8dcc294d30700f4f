"""Programs that the preloaded library does not come along with."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

PASSED_ON = ("LD_PRELOAD", "HOTCLUB_GUARD_READS")
UNNOTED = b"u\0"


class Programs:
    """Where it is noted what processes read: notes when one of them starts a program without what
    would have that note it too; ``events`` says which of the audit events tell."""

    def __init__(self, reads: str) -> None:
        self._reads = reads
        self._told = False
        self.events: dict[str, Callable[..., None]] = {
            "subprocess.Popen": lambda _, __, ___, environ: self._look(environ),
            "os.exec": lambda _, __, environ: self._look(environ),
            "os.posix_spawn": lambda _, __, environ: self._look(environ),
        }

    def _look(self, environ: Mapping[Any, Any] | None) -> None:
        if environ is None or self._told:
            return
        given = {os.fsencode(name): os.fsencode(value) for name, value in dict(environ).items()}
        wanted = {os.fsencode(name): os.environb.get(os.fsencode(name)) for name in PASSED_ON}
        if any(given.get(name) != value for name, value in wanted.items()):
            self._told = True
            handle = os.open(self._reads, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            os.write(handle, UNNOTED)
            os.close(handle)
