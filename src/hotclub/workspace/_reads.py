"""What children read and looked at: noted by the guard's library, put together here.

Each child has a file of its own for that. What is in there are paths as the child named them, of
its own tree, media and home; here they become paths of the project, and those outside of it.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hotclub.workspace._agent import guard
from hotclub.workspace._layout import Layout

VARIABLE = "HOTCLUB_GUARD_READS"
NAME = "reads"
"""The file in a child's own directory."""
READ, STATE, UNNOTED = "r", "s", "u"


@dataclass(frozen=True)
class Reads:
    """What runs can have depended on: files that were opened or looked at, folders that were
    listed, and names that were asked for and not there. Each is a pair of how (:data:`READ`, or
    only :data:`STATE`) and where.

    ``inside`` has paths relative to the project's root, ``.`` for that itself; ``outside`` absolute
    ones.
    """

    inside: frozenset[tuple[str, str]]
    outside: frozenset[tuple[str, str]]


def note_mapped(pid: int, file: Path) -> None:
    """Add the libraries that a process has mapped, which its loader opened by itself."""
    with contextlib.suppress(OSError):
        with open(f"/proc/{pid}/maps", "rb") as maps:
            mapped = {line.split(None, 5)[5].rstrip(b"\n") for line in maps if b" /" in line}
        with open(file, "ab") as notes:
            notes.writelines(STATE.encode() + path + b"\0" for path in sorted(mapped))


class Noted:
    """Of one workspace: has its children note what they read, and puts it together.

    ``media`` is the user's directory that each child has a likeness of.
    """

    def __init__(self, root: Path, layout: Layout) -> None:
        self.media: Path | None = None
        self._root = root
        self._layout = layout
        self._wanted = False
        self._runs: list[Path] = []

    def begin(self) -> bool:
        """From now on children note it; False where they cannot, for want of the library."""
        self._wanted = guard(self._root / "agent") is not None
        return self._wanted

    def environ(self, run: Path) -> dict[str, str]:
        """What tells the child in this directory to."""
        if not self._wanted:
            return {}
        self._runs.append(run)
        return {VARIABLE: str(run / NAME)}

    def reads(self) -> Reads | None:
        """What all children that were told to have read so far; None if there was none, or one of
        them noted nothing: a library of another version, or an interpreter that takes none; or
        started a program with an environment in which that notes nothing."""
        if not self._runs:
            return None
        seen: set[tuple[str, str]] = set()
        for run in self._runs:
            notes = set(_notes(run / NAME))
            hows = {how for how, _ in notes}
            if READ not in hows or UNNOTED in hows:
                return None
            seen |= notes
        places = _Places(self._root, self._layout, self.media)
        found: dict[bool, set[tuple[str, str]]] = {True: set(), False: set()}
        for how, path in seen:
            where = places.of(path)
            if where is not None:
                found[where[0]].add((how, where[1]))
        return Reads(frozenset(found[True]), frozenset(found[False]))


def _notes(file: Path) -> Iterator[tuple[str, str]]:
    text = file.read_bytes() if file.exists() else b""
    for note in text.split(b"\0"):
        if note:
            yield chr(note[0]), os.fsdecode(note[1:])


@dataclass(frozen=True)
class _Places:
    """Where a path of a child's is in the project (True and relative) or outside (False)."""

    root: Path
    layout: Layout
    media: Path | None

    @property
    def project(self) -> Path:
        return self.layout.top / self.layout.inner

    def of(self, path: str) -> tuple[bool, str] | None:
        """None for what the workspace made itself."""
        if f"{os.sep}{os.pardir}" in path:
            path = os.path.realpath(path)
        if "/__pycache__/" in path:
            path = _source(path)
        if not _is_in(path, self.root):
            return False, path
        parts = Path(path).relative_to(self.root).parts
        if parts[:1] == ("trees",) and len(parts) > 1:
            return self._in_tree(Path(path), self.root / "trees" / parts[1])
        if parts[:1] == ("runs",) and parts[2:3] == ("media",) and self.media is not None:
            meant = self.media.joinpath(*parts[3:])
            inside = meant.is_relative_to(self.project)
            return inside, str(meant.relative_to(self.project) if inside else meant)
        return None

    def _in_tree(self, path: Path, top: Path) -> tuple[bool, str] | None:
        tree = self.layout.place(top)
        if path.is_relative_to(tree):
            return True, str(path.relative_to(tree))
        return (False, str(self.layout.original(path, top))) if self.layout.linked else None


def _is_in(path: str, root: Path) -> bool:
    return path == str(root) or path.startswith(f"{root}{os.sep}")


def _source(path: str) -> str:
    """The source that a cache of bytecode is of: that decides whether the cache is used."""
    try:
        return importlib.util.source_from_cache(path)
    except ValueError:
        return path
