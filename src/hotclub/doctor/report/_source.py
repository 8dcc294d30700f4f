"""A few lines of the project's source, with the expression marked."""

from __future__ import annotations

from pathlib import Path

from rich.text import Text

from hotclub.doctor.finding import Place
from hotclub.doctor.lines import source_lines

_MOST_LINES = 6


def excerpt(tree: Path, place: Place, marker: str) -> Text:
    """The place's own lines with their numbers; empty when they cannot be read."""
    lines = source_lines(tree / place.path)
    last = min(place.end_line or place.line, place.line + _MOST_LINES - 1, len(lines))
    text = Text()
    if place.line < 1:
        return text
    for number in range(place.line, last + 1):
        content = Text(lines[number - 1].rstrip(), style="dim")
        start, end = _marked(place, number, len(content))
        if start < end:
            content.stylize("not dim bold", start, end)
        text.append(f"{marker if number == place.line else ' '} {number:>5} ", style="yellow")
        text.append_text(content)
        text.append("\n")
    text.rstrip()
    return text


def _marked(place: Place, line: int, length: int) -> tuple[int, int]:
    start = (place.column or 0) if line == place.line else 0
    end = length
    if place.end_column is not None and line == place.end_line:
        end = place.end_column
    return start, min(end, length)
