"""Copying a project's tree.

What git, editors, package managers and interpreters keep beside the source is left out, as are
SQLite databases, which must not be copied as mere files. Symbolic links keep their meaning:
inside the tree they stay inside the copy, others point to what they pointed to (the guard
refuses to write through them). Files are cloned where the file system can do that.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from hotclub.errors import HotclubError

SIZE_LIMIT = 2 << 30
LEFT_OUT = frozenset(
    {
        ".git", ".hg", ".svn", "__pycache__", ".tox", ".nox", ".mypy_cache", ".pytest_cache",
        ".ruff_cache", ".hotclub", ".idea", ".vscode",
    }
)  # fmt: skip
_LINKED = frozenset({"node_modules"})
_SQLITE = b"SQLite format 3\0"
_SIDE_FILES = ("-wal", "-shm", "-journal")
_FICLONE = 0x40049409
_CHUNK = 1 << 24


@dataclass
class Copied:
    """What a copy left out: ``databases`` (relative paths) and, in words, ``notes``."""

    databases: list[Path] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass
class _Found:
    directories: list[str] = field(default_factory=list)
    files: list[tuple[str, int]] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    copied: Copied = field(default_factory=Copied)


def copy_tree(source: Path, target: Path, limit: int) -> Copied:
    """Copy ``source`` to ``target``, which must not exist.

    Raises:
        HotclubError: more than ``limit`` bytes would have to be copied.
    """
    found = _Found()
    _walk(source, "", found)
    _check_size(source, found.files, limit)
    target.mkdir(parents=True)
    for relative in found.directories:
        (target / relative).mkdir(mode=0o755)
    for relative, _ in found.files:
        _copy_noted(source, target, relative, found.copied.notes)
    for relative in found.links:
        os.symlink(_link_target(source, target, relative), target / relative)
    for relative in reversed(found.directories):
        with contextlib.suppress(OSError):
            mode = stat.S_IMODE(os.stat(source / relative).st_mode)
            os.chmod(target / relative, mode | 0o700)
    return found.copied


def copy_file(source: Path, target: Path) -> None:
    """Copy one file with its mode and times; a clone where the file system makes one."""
    with open(source, "rb") as reading, open(target, "wb") as writing:
        size = os.fstat(reading.fileno()).st_size
        try:
            fcntl.ioctl(writing.fileno(), _FICLONE, reading.fileno())
        except OSError:
            _copy_bytes(reading.fileno(), writing.fileno(), size)
        status = os.fstat(reading.fileno())
        os.fchmod(writing.fileno(), stat.S_IMODE(status.st_mode) | 0o600)
    os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))


def _copy_bytes(reading: int, writing: int, size: int) -> None:
    with contextlib.suppress(OSError):
        while os.copy_file_range(reading, writing, _CHUNK):
            pass
    if os.fstat(writing).st_size < size:
        os.lseek(reading, 0, os.SEEK_SET)
        os.lseek(writing, 0, os.SEEK_SET)
        while chunk := os.read(reading, _CHUNK):
            os.write(writing, chunk)


def _walk(source: Path, relative: str, found: _Found) -> None:
    try:
        entries = sorted(os.scandir(source / relative), key=lambda entry: entry.name)
    except OSError as error:
        found.copied.notes.append(f"{relative or '.'} was left out: {error.strerror}")
        return
    databases: set[str] = set()
    for entry in entries:
        path = f"{relative}/{entry.name}" if relative else entry.name
        if entry.name in LEFT_OUT or _is_side_file(entry.name, databases):
            continue
        if entry.is_dir() and os.path.exists(os.path.join(entry.path, "pyvenv.cfg")):
            continue
        if entry.is_symlink() or entry.name in _LINKED:
            found.links.append(path)
        elif entry.is_dir():
            found.directories.append(path)
            _walk(source, path, found)
        elif not entry.is_file():
            found.copied.notes.append(f"{path} was left out: {_kind(entry)}")
        elif _is_sqlite(entry.path):
            databases.add(entry.name)
            found.copied.databases.append(Path(path))
        else:
            with contextlib.suppress(FileNotFoundError):
                found.files.append((path, entry.stat().st_size))


def _is_side_file(name: str, databases: set[str]) -> bool:
    """Whether this belongs to a database seen before it (the shorter name sorts first)."""
    return any(name.endswith(end) and name[: -len(end)] in databases for end in _SIDE_FILES)


def _is_sqlite(path: str) -> bool:
    try:
        with open(path, "rb", buffering=0) as file:
            return file.read(len(_SQLITE)) == _SQLITE
    except OSError:
        return False


def _kind(entry: os.DirEntry[str]) -> str:
    mode = entry.stat(follow_symlinks=False).st_mode
    kinds = ((stat.S_ISSOCK, "a socket"), (stat.S_ISFIFO, "a named pipe"))
    return next((name for test, name in kinds if test(mode)), "a device")


def _check_size(source: Path, files: list[tuple[str, int]], limit: int) -> None:
    total = sum(size for _, size in files)
    if total <= limit:
        return
    shares: Counter[str] = Counter()
    for path, size in files:
        shares["/".join(path.split("/")[:2])] += size
    largest = ", ".join(f"{path} ({size >> 20} MiB)" for path, size in shares.most_common(3))
    raise HotclubError(
        f"{source} holds {total >> 20} MiB, more than the {limit >> 20} MiB that hotclub copies; "
        f"the largest parts are {largest}. Move them out of the project, or run hotclub on a "
        "checkout without them"
    )


def _copy_noted(source: Path, target: Path, relative: str, notes: list[str]) -> None:
    try:
        copy_file(source / relative, target / relative)
    except OSError as error:
        notes.append(f"{relative} was left out: {error.strerror}")
        with contextlib.suppress(OSError):
            os.unlink(target / relative)


def _link_target(source: Path, target: Path, relative: str) -> str:
    """Where the copy of a link points."""
    link = source / relative
    if not link.is_symlink():
        return str(link)
    text = os.readlink(link)
    meant = os.path.normpath(os.path.join(link.parent, text))
    inside = os.path.relpath(meant, source)
    if inside.split(os.sep)[0] == os.pardir:
        return meant
    return text if not os.path.isabs(text) else str(target / inside)
