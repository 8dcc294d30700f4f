"""The end of what a process printed."""

from __future__ import annotations

import os
from pathlib import Path

TAIL_BYTES = 4096


def tail(path: Path, size: int = TAIL_BYTES) -> str:
    """The last ``size`` bytes of a log, whole lines only; nothing if there is none."""
    try:
        with open(path, "rb") as log:
            end = log.seek(0, os.SEEK_END)
            log.seek(max(0, end - size))
            text = log.read().decode(errors="replace")
    except OSError:
        return ""
    return text.partition("\n")[2] if end > size else text
