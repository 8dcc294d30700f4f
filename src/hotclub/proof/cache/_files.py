"""Digests of what a proof's processes read and looked at, and whether they are still the same."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from hotclub.workspace import Reads

READ_BYTES = 8 << 20
"""Larger files go in by their size and time."""
_TEMPORARY = {"/tmp", "/var/tmp", "/dev/shm", tempfile.gettempdir()}
_OURS = re.compile(r"hotclub(-\d+)?\.patch")
Digests = Mapping[str, str]
"""By how something was looked at and where: ``rshop/views.py``, ``s/usr/lib/libpq.so.5``."""


class Files:
    """Those of one project, whose tree lies at ``tree``."""

    def __init__(self, tree: Path) -> None:
        self._tree = str(tree)

    def digests(self, reads: Reads) -> Digests:
        """Of all that was read."""
        notes = sorted(reads.inside | reads.outside)
        return {how + where: self._digest(how, where) for how, where in notes}

    def changed(self, known: Digests) -> Iterator[str]:
        """Paths of what is not as it was, those of the project first."""
        for note in sorted(known, key=lambda note: (note[1:2] == "/", note[1:])):
            if self._digest(note[:1], note[1:]) != known[note]:
                yield note[1:]

    def younger(self, known: Iterable[str], moment: float) -> Iterator[str]:
        """Paths of files that were written after that moment, or may have been removed."""
        for note in known:
            path = os.path.join(self._tree, note[1:])
            try:
                found = os.stat(path)
            except FileNotFoundError:
                if _may_have_gone(path, moment):
                    yield note[1:]
                continue
            except (OSError, ValueError):
                continue
            if stat.S_ISREG(found.st_mode) and found.st_ctime >= moment:
                yield note[1:]

    def _digest(self, how: str, where: str) -> str:
        path = os.path.join(self._tree, where)
        try:
            link = self._link(path)
            found = os.stat(path)
            if stat.S_ISDIR(found.st_mode):
                return link + (_names(path) if how == "r" else "folder")
            return link + _content(path, found)
        except (OSError, ValueError) as error:
            return f"none: {type(error).__name__}"

    def _link(self, path: str) -> str:
        """Where it points to, if it is a link: another place may hold the same."""
        if not os.path.islink(path):
            return ""
        return f"{os.readlink(path).replace(self._tree, '')} "


def _may_have_gone(path: str, moment: float) -> bool:
    """Whether the nearest folder that is there has had names added or removed since. In one for
    temporary files that is so all the time."""
    folder = os.path.dirname(path)
    while folder != "/" and not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    try:
        return folder not in _TEMPORARY and os.stat(folder).st_mtime >= moment
    except OSError:
        return True


def _names(path: str) -> str:
    """Of what is in a folder, but for what comes and goes by itself."""
    kept = [name for name in os.listdir(path) if not _is_by_itself(name)]
    return hashlib.blake2b("\0".join(sorted(kept)).encode("utf-8", "surrogateescape")).hexdigest()


def _is_by_itself(name: str) -> bool:
    return name == "__pycache__" or name.endswith(".pyc") or _OURS.fullmatch(name) is not None


def _content(path: str, found: os.stat_result) -> str:
    if not stat.S_ISREG(found.st_mode):
        return f"kind {stat.S_IFMT(found.st_mode)}"
    if found.st_size > READ_BYTES:
        return f"size {found.st_size} time {found.st_mtime_ns}"
    with open(path, "rb") as file:
        return hashlib.blake2b(file.read(), digest_size=20).hexdigest()
