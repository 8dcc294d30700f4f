"""The directory that entries are in: one file each, written whole or not at all, not too many."""

from __future__ import annotations

import contextlib
import json
import os
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hotclub.proof.cache._entry import SCHEMA

ENTRIES = 24
ENTRY_BYTES = 8 << 20


class Unusable(Exception):
    """There is an entry, and it is not to be used; says why."""


def load(directory: Path, name: str) -> dict[str, Any] | None:
    """The entry of that name; None if there is none.

    Raises:
        Unusable: it is another's, too large, or not whole.
    """
    try:
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        handle = os.open(_path(directory, name), flags)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Unusable(error.strerror) from None
    with open(handle, "rb") as file:
        _check(os.fstat(handle))
        try:
            entry = json.load(file)
        except (ValueError, RecursionError) as error:
            raise Unusable(f"it is not whole ({error})") from None
    if not isinstance(entry, dict) or entry.get("schema") != SCHEMA:
        raise Unusable(f"it is no {SCHEMA}")
    return entry


def save(directory: Path, name: str, entry: Mapping[str, Any]) -> bool:
    """Put an entry there, for this user's eyes only; False if it is too large.

    Raises:
        OSError: it cannot be written.
    """
    text = json.dumps({"schema": SCHEMA, **entry}, separators=(",", ":")).encode()
    if len(text) > ENTRY_BYTES:
        return False
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, part = tempfile.mkstemp(prefix=".", suffix=".part", dir=directory)
    try:
        with open(handle, "wb") as file:
            file.write(text)
        os.replace(part, _path(directory, name))
    except BaseException:
        os.unlink(part)
        raise
    _thin(directory)
    return True


def _path(directory: Path, name: str) -> Path:
    return directory / f"{name}.json"


def _check(status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise Unusable("it is no file")
    if status.st_uid != os.geteuid() or status.st_mode & 0o022:
        raise Unusable("others may write to it")
    if status.st_size > ENTRY_BYTES:
        raise Unusable("it is too large")


def _thin(directory: Path) -> None:
    """Only the youngest stay; what a run that was killed left half written goes too."""
    entries = []
    for path in (*directory.glob("*.json"), *directory.glob(".*.part")):
        with contextlib.suppress(OSError):
            entries.append((path.stat().st_mtime, path))
    for _, path in sorted(entries, reverse=True)[ENTRIES:]:
        with contextlib.suppress(OSError):
            path.unlink()
