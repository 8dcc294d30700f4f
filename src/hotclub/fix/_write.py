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
    """One file: its path relative to the project, its bytes before and after; None when there is
    no such file."""

    path: str
    before: bytes | None
    after: bytes | None


def changes(sources: Mapping[str, str], tree: Path) -> tuple[Change, ...]:
    """What rendered sources change in a tree, files that stay the same left out."""
    found = (
        Change(path, content(tree / path), text.encode("utf-8"))
        for path, text in sorted(sources.items())
    )
    return tuple(change for change in found if change.before != change.after)


def content(path: Path) -> bytes | None:
    """A file's bytes; None when there is none."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


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
            _put(root / change.path, change.after)
            done.append(change)
    except BaseException as error:
        for change in done:
            _put(root / change.path, change.before)
        if not isinstance(error, OSError):
            raise
        named = error.filename or "a file"
        message = f"{named} cannot be written: {error.strerror}; no file was changed"
        raise HotclubError(message) from None


def _check(root: Path, change: Change) -> None:
    try:
        now = content(root / change.path)
    except OSError as error:
        message = f"{change.path} cannot be read: {error.strerror}; no file was changed"
        raise HotclubError(message) from None
    if now != change.before:
        if change.before is None:
            message = f"{change.path} has come into being meanwhile; no file was changed"
            raise HotclubError(message)
        raise HotclubError(
            f"{change.path} changed while the proof was running; no file was changed, run it again"
        )


def _put(path: Path, content: bytes | None) -> None:
    """Give a file this content, or take it away; what is new gets the mode of its neighbour."""
    if content is None:
        path.unlink(missing_ok=True)
        return
    path = path.resolve()  # a link stays a link
    status = (path if path.exists() else _neighbour(path)).stat()
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


def _neighbour(path: Path) -> Path:
    """A file of the same kind in the same directory, which a new one should resemble."""
    others = sorted(other for other in path.parent.glob(f"*{path.suffix}") if other.is_file())
    if not others:
        raise HotclubError(f"{path.parent} has no file like {path.name}; no file was changed")
    return others[0]
