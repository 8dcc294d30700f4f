"""Findings about a setting: what the recording knows of it, and where it stands."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hotclub.doctor._seen import Seen, Sighting
from hotclub.doctor.finding import Place
from hotclub.doctor.rules._placed import placed
from hotclub.recording import Query


def place_of(seen: Seen, name: str) -> Place | None:
    """The line of the settings module that sets it, or else the module; None if the module is not
    the project's."""
    module = str(seen.settings.get("module", ""))
    root = Path(seen.recording.root)
    if not module or not Path(module).is_relative_to(root):
        return None
    path = Path(module).relative_to(root).as_posix()
    lines = seen.stacks.sources.lines(path)
    said = re.compile(rf"\s*['\"]?{name}\b")
    line = next((number for number, text in enumerate(lines, 1) if said.match(text)), 0)
    return Place("line", path, True, line or 1)


def sighting(
    seen: Seen, place: Place, words: dict[str, Any], queries: list[Query] | None = None
) -> Sighting:
    """One sighting of a setting's effect in a request; `words` are code, title, advice, detail."""
    words = {"shape": "setting", **words}
    return placed(seen, (place,), words, queries or (), loads=1, rows=0)
