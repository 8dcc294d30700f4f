"""What the guard wrote about what it refused; its two layers may tell the same twice."""

from __future__ import annotations

import json
from pathlib import Path


def refusals(log: Path) -> list[str]:
    """One line for each thing that was tried, in the order in which it was first tried."""
    try:
        lines = log.read_text(errors="replace").splitlines()
    except FileNotFoundError:
        return []
    return list(dict.fromkeys(filter(None, map(_text, lines))))


def _text(line: str) -> str:
    try:
        entry = json.loads(line)
        return f"{entry['what']} {entry['where']}"
    except (ValueError, KeyError, TypeError):
        return line
