"""What is needed to take fixes back, the last one first.

    <cache>/fixes/0001.json   {"root": …, "files": [{"path", "before", "after", "content"}]}

``before`` and ``after`` are SHA-256 digests, ``content`` the file as it was, in base 64. A record
is complete on disk before the first file is changed, so after a crash in between each file has
one of the two digests, and undoing still works.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
from pathlib import Path

from hotclub.errors import HotclubError
from hotclub.fix._write import Change, replace_all


def remember(cache: Path, root: Path, wanted: tuple[Change, ...]) -> Path:
    """Write down how to take changes back; the record is for this user's eyes only."""
    files = [
        {
            "path": change.path,
            "before": _digest(change.before),
            "after": _digest(change.after),
            "content": base64.b64encode(change.before).decode("ascii"),
        }
        for change in wanted
    ]
    folder = cache / "fixes"
    number = max((int(path.stem) for path in _records(cache)), default=0) + 1
    target = folder / f"{number:04}.json"
    part = target.with_suffix(f".{os.getpid()}.part")
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump({"root": str(root), "files": files}, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, target)
    except OSError as error:
        raise HotclubError(
            f"{target} cannot be written: {error.strerror}; no file was changed, "
            "because it could not be taken back"
        ) from None
    finally:
        with contextlib.suppress(OSError):
            part.unlink()
    return target


def undo(cache: Path, root: Path) -> tuple[str, ...]:
    """Take the last remembered changes back and forget them; the paths that were restored.

    Raises:
        HotclubError: there is nothing to take back, or a file has changed since; then no file
            is touched.
    """
    records = sorted(_records(cache))
    if not records:
        raise HotclubError(f"there is no fix of {root} to take back")
    files = _read(records[-1])
    wanted = []
    edited = []
    for path, before, after, content in files:
        now = _bytes(root / path)
        if _digest(now) == after:
            wanted.append(Change(path, now, content))
        elif _digest(now) != before:
            edited.append(path)
    if edited:
        verb = "have" if len(edited) > 1 else "has"
        raise HotclubError(
            f"{', '.join(edited)} {verb} changed since the fix was written; nothing was taken "
            "back (undo those changes first, or revert with git)"
        )
    replace_all(root, tuple(wanted))
    records[-1].unlink()
    return tuple(change.path for change in wanted)


def last_fix(cache: Path, root: Path) -> dict[str, str]:
    """The files as they were before the last fix, by path; empty where there was none, or where
    one of them has changed since."""
    records = sorted(_records(cache))
    if not records:
        return {}
    files = _read(records[-1])
    if any(_digest(_bytes(root / path)) != after for path, _, after, _ in files):
        return {}
    return {path: content.decode("utf-8") for path, _, _, content in files}


def _records(cache: Path) -> list[Path]:
    return [path for path in (cache / "fixes").glob("*.json") if path.stem.isdecimal()]


def _read(record: Path) -> list[tuple[str, str, str, bytes]]:
    try:
        files = json.loads(record.read_text())["files"]
        found = [
            (one["path"], one["before"], one["after"], base64.b64decode(one["content"]))
            for one in files
        ]
    except (OSError, ValueError, KeyError, TypeError):
        raise HotclubError(f"{record} is damaged; revert with git, then remove it") from None
    for path, before, _, content in found:
        if _digest(content) != before or ".." in Path(path).parts or Path(path).is_absolute():
            raise HotclubError(f"{record} is damaged; revert with git, then remove it")
    return found


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b"\0 no such file"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
