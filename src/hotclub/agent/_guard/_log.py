"""The log of refusals, one JSON object a line, as engine/src/guard/log.c writes it."""

from __future__ import annotations

import json
import os
import threading
import time

# In one process: what is tried over and over must not fill the disk.
LINES_MAX = 10000


class Log:
    def __init__(self, path: str | None) -> None:
        self.path = path
        self._lines = 0
        self._busy = threading.local()

    @property
    def is_writing(self) -> bool:
        return getattr(self._busy, "now", False)

    def refusal(self, kind: str, what: str, where: str) -> None:
        if not self.path or self._lines >= LINES_MAX:
            return
        self._lines += 1
        line = {
            "kind": kind,
            "what": what,
            "where": where,
            "pid": os.getpid(),
            "time": round(time.time(), 3),
            "layer": "audit",
        }
        self._busy.now = True
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
            file = os.open(self.path, flags, 0o600)
            try:
                os.write(file, (json.dumps(line, ensure_ascii=False) + "\n").encode(
                    "utf-8", "surrogateescape"))  # fmt: skip
            finally:
                os.close(file)
        except OSError:
            pass
        finally:
            self._busy.now = False
