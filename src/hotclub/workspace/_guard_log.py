"""What the guard wrote about what it refused; its two layers may tell the same twice."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path


def refusals(*logs: Path) -> list[str]:
    """One line for each thing that was tried, in the order in which it was first tried."""
    lines: list[str] = []
    for log in logs:
        with contextlib.suppress(FileNotFoundError):
            lines += log.read_text(errors="replace").splitlines()
    return list(dict.fromkeys(filter(None, map(_text, lines))))


def _text(line: str) -> str:
    try:
        entry = json.loads(line)
        return f"{entry['what']} {entry['where']}"
    except (ValueError, KeyError, TypeError):
        return line
