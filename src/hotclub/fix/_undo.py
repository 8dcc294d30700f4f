"""What is needed to take fixes back, the last one first.

    <cache>/fixes/0001.json   {"root": …, "files": [{"path", "before", "after", "content"}]}

``before`` and ``after`` are SHA-256 digests, ``content`` the file as it was, in base 64, or null
where there was none, which ``before`` says by being empty. A record
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
from hotclub.fix._write import Change, content, replace_all


def remember(cache: Path, root: Path, wanted: tuple[Change, ...]) -> Path:
    """Write down how to take changes back; the record is for this user's eyes only."""
    files = [
        {
            "path": change.path,
            "before": _digest(change.before),
            "after": _digest(change.after),
            "content": _encoded(change.before),
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
    for path, before, after, old in files:
        now = _content_of(root / path)
        if _digest(now) == after:
            wanted.append(Change(path, now, old))
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


def last_fix(cache: Path, root: Path) -> dict[str, str | None]:
    """The files as they were before the last fix, by path, None for those that it made; empty
    where there was no fix, or where one of the files has changed since."""
    records = sorted(_records(cache))
    if not records:
        return {}
    files = _read(records[-1])
    if any(_digest(_content_of(root / path)) != after for path, _, after, _ in files):
        return {}
    return {path: None if old is None else old.decode("utf-8") for path, _, _, old in files}


def _records(cache: Path) -> list[Path]:
    return [path for path in (cache / "fixes").glob("*.json") if path.stem.isdecimal()]


def _encoded(content: bytes | None) -> str | None:
    return None if content is None else base64.b64encode(content).decode("ascii")


def _decoded(text: str | None) -> bytes | None:
    return None if text is None else base64.b64decode(text)


def _read(record: Path) -> list[tuple[str, str, str, bytes | None]]:
    try:
        files = json.loads(record.read_text())["files"]
        found = [
            (one["path"], one["before"], one["after"], _decoded(one["content"])) for one in files
        ]
    except (OSError, ValueError, KeyError, TypeError):
        raise HotclubError(f"{record} is damaged; revert with git, then remove it") from None
    for path, before, _, old in found:
        if _digest(old) != before or ".." in Path(path).parts or Path(path).is_absolute():
            raise HotclubError(f"{record} is damaged; revert with git, then remove it")
    return found


def _content_of(path: Path) -> bytes | None:
    """A file's bytes, something else that cannot be read being no file's; None for no file."""
    try:
        return content(path)
    except OSError:
        return b"\0 cannot be read"


def _digest(content: bytes | None) -> str:
    return "" if content is None else hashlib.sha256(content).hexdigest()
