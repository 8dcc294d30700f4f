"""Putting proved text into the user's own files: all of them, or none.

Each file is compared with what the proof was made on right before it is replaced, and replaced
by a rename, so that nobody ever reads half a file. What is needed to take it back is on disk
before the first file changes.
"""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hotclub.errors import HotclubError


@dataclass(frozen=True)
class Change:
    """One file: its path relative to the project, its bytes before and after."""

    path: str
    before: bytes
    after: bytes


def changes(sources: Mapping[str, str], tree: Path) -> tuple[Change, ...]:
    """What rendered sources change in a tree, files that stay the same left out."""
    found = (
        Change(path, (tree / path).read_bytes(), text.encode("utf-8"))
        for path, text in sorted(sources.items())
    )
    return tuple(change for change in found if change.before != change.after)


def replace_all(root: Path, wanted: tuple[Change, ...]) -> None:
    """Make every change below ``root``, keeping each file's mode.

    Raises:
        HotclubError: a file is not what it was, or cannot be written; nothing has changed then.
    """
    for change in wanted:
        _check(root, change)
    done: list[Change] = []
    try:
        for change in wanted:
            _check(root, change)
            _replace(root / change.path, change.after)
            done.append(change)
    except BaseException as error:
        for change in done:
            _replace(root / change.path, change.before)
        if not isinstance(error, OSError):
            raise
        named = error.filename or "a file"
        message = f"{named} cannot be written: {error.strerror}; no file was changed"
        raise HotclubError(message) from None


def _check(root: Path, change: Change) -> None:
    try:
        now = (root / change.path).read_bytes()
    except OSError as error:
        message = f"{change.path} cannot be read: {error.strerror}; no file was changed"
        raise HotclubError(message) from None
    if now != change.before:
        raise HotclubError(
            f"{change.path} changed while the proof was running; no file was changed, run it again"
        )


def _replace(path: Path, content: bytes) -> None:
    path = path.resolve()  # a link stays a link
    status = path.stat()
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".hotclub", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(PermissionError):
            os.chown(name, status.st_uid, status.st_gid)
        os.chmod(name, stat.S_IMODE(status.st_mode))
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)
        raise
