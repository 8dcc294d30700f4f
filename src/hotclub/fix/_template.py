"""A line of a template, as it was recorded."""

from __future__ import annotations

from dataclasses import dataclass

from hotclub.doctor.finding import Place
from hotclub.fix._source import BOM
from hotclub.fix._tree import Tree
from hotclub.fix.model import Refused


@dataclass(frozen=True)
class Line:
    """Its text, the offset at which it begins in its file, and that one's digest."""

    text: str
    start: int
    sha256: str


def line_of(place: Place, tree: Tree) -> Line:
    """The line of a place in a template; empty where the file has fewer.

    Raises:
        Refused: the file is not the recorded one, not ours to edit, or not UTF-8.
    """
    digest = tree.digest(place.path)
    if place.sha256 not in (None, digest):
        raise Refused(f"{place.path} has changed since it was recorded; record it again")
    try:
        text = tree.content(place.path).decode("utf-8").removeprefix(BOM)
    except UnicodeDecodeError:
        raise Refused(f"{place.path} is not UTF-8; save it as UTF-8 first") from None
    lines = text.splitlines(keepends=True)
    line = lines[place.line - 1] if place.line <= len(lines) else ""
    return Line(line, sum(map(len, lines[: place.line - 1])), digest)
