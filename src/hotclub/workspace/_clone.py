"""Copies of SQLite databases: one master each, and a clone of it for every child.

A database without a log beside it is read through an immutable handle and the backup API. One
with a write-ahead log or a journal beside it is first copied together with that file, and
recovered in the workspace. Either way nothing is written, and no file appears, beside the
user's.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

from hotclub.errors import HotclubError
from hotclub.workspace._copy import copy_file
from hotclub.workspace._locks import held_still

SIDE_FILES = ("-wal", "-journal", "-shm")


def masters(
    files: Mapping[str, Path], directory: Path, copy: Callable[[Path, Path], None] | None = None
) -> dict[str, Path]:
    """Copy the database file of each alias; aliases of one file share one copy. ``copy`` makes one,
    where it is not to be a :func:`clone`.

    Raises:
        HotclubError: a file is missing, locked, unreadable or no SQLite database.
    """
    made: dict[Path, Path] = {}
    for alias, file in files.items():
        if not file.exists():
            raise HotclubError(
                f"the database {file} (DATABASES[{alias!r}]) has not been created; "
                "run `manage.py migrate` first"
            )
        if file.resolve() not in made:
            made[file.resolve()] = directory / f"{alias}.sqlite3"
            (copy or clone)(file, made[file.resolve()])
    return {alias: made[file.resolve()] for alias, file in files.items()}


def others(found: list[Path], databases: Mapping[str, Path], root: Path, tree: Path) -> list[str]:
    """Copy the tree's SQLite files that no setting names to the copy; returns notes."""
    known = {file.resolve() for file in databases.values()}
    notes = []
    for relative in found:
        if (root / relative).resolve() in known:
            continue
        try:
            clone(root / relative, tree / relative)
        except HotclubError as error:
            notes.append(f"{relative} was left out: {error}")
    return notes


def clone(source: Path, target: Path) -> None:
    """Copy one SQLite database as it is at one moment, committed transactions only."""
    with readable(source, target.with_name(target.name + ".part")) as uri:
        _backup(uri, target)


@contextlib.contextmanager
def readable(source: Path, part: Path) -> Iterator[str]:
    """A URI to read a database by as it is at one moment, committed transactions only; ``part`` is
    where it is copied to for that, if it cannot be read where it is.

    Raises:
        HotclubError: it cannot be read.
    """
    try:
        with contextlib.ExitStack() as held:
            held.enter_context(held_still(source))
            logs = [end for end in ("-wal", "-journal") if _has_content(source, end)]
            if not logs:
                yield f"file:{quote(str(source))}?mode=ro&immutable=1"
                return
            copy_file(source, part)
            for end in logs:
                copy_file(Path(f"{source}{end}"), Path(f"{part}{end}"))
        yield f"file:{quote(str(part))}"
        for end in ("", *SIDE_FILES):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(f"{part}{end}")
    except sqlite3.Error as error:
        raise HotclubError(f"the database {source} cannot be copied: {error}") from None
    except OSError as error:
        raise HotclubError(f"the database {source} cannot be read: {error.strerror}") from None


def clone_all(
    databases: Mapping[str, Path], directory: Path, analyze: bool = False
) -> dict[str, Path]:
    """Clone the masters for one child, after ``ANALYZE`` where that is asked for."""
    made: dict[Path, Path] = {}
    for master in dict.fromkeys(databases.values()):
        made[master] = directory / master.name
        copy_file(_analyzed(master) if analyze else master, made[master])
    return {alias: made[master] for alias, master in databases.items()}


def _analyzed(master: Path) -> Path:
    path = master.with_name(f"{master.stem}.analyzed{master.suffix}")
    if not path.exists():
        part = path.with_suffix(".part")
        copy_file(master, part)
        with contextlib.closing(sqlite3.connect(part, isolation_level=None)) as connection:
            for (table,) in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table'"
            ).fetchall():
                with contextlib.suppress(sqlite3.Error):
                    connection.execute('ANALYZE "{}"'.format(table.replace('"', '""')))
        os.rename(part, path)
    return path


def _backup(uri: str, target: Path) -> None:
    with (
        contextlib.closing(sqlite3.connect(uri, uri=True)) as reading,
        contextlib.closing(sqlite3.connect(target)) as writing,
    ):
        reading.backup(writing)


def _has_content(source: Path, end: str) -> bool:
    try:
        return os.path.getsize(f"{source}{end}") > 0
    except FileNotFoundError:
        return False
