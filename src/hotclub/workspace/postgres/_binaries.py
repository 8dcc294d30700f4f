"""PostgreSQL's own programs on this machine.

Debian's ``/usr/bin/psql`` chooses among versions by configuration; the programs themselves are
taken from where packages put them.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from hotclub.errors import HotclubError

PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/libexec/postgresql*",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/pgsql/bin",
)
_CLIENT = ("pg_dump", "pg_restore", "psql")
_SERVER = ("initdb", "postgres")


@dataclass(frozen=True, order=True)
class Binaries:
    """One version's programs. ``serves``: the server is among them."""

    major: int
    directory: Path
    serves: bool

    def program(self, name: str) -> str:
        """The path of one of them."""
        return str(self.directory / name)


def find(path: str | None = None) -> list[Binaries]:
    """All versions whose clients are there, oldest first."""
    root = Path("/")
    places = [found for place in PLACES for found in root.glob(place.lstrip("/"))]
    places += map(Path, (path if path is not None else os.environ.get("PATH", "")).split(":"))
    made: dict[int, Binaries] = {}
    for directory in dict.fromkeys(place for place in places if place.is_absolute()):
        if all(_is_program(directory / name) for name in _CLIENT):
            major = _major(directory / "pg_dump")
            serves = all(_is_program(directory / name) for name in _SERVER)
            if major and (major not in made or serves > made[major].serves):
                made[major] = Binaries(major, directory, serves)
    return sorted(made.values())


def client(found: Iterable[Binaries], major: int, where: str) -> Binaries:
    """The programs to read a server of this version with: its own, else newer ones.

    Raises:
        HotclubError: there are none.
    """
    usable = [binaries for binaries in found if binaries.major >= major]
    if usable:
        return usable[0]
    newest = max((binaries.major for binaries in found), default=0)
    have = f"the newest pg_dump here is {newest}" if newest else "there is no pg_dump here"
    raise HotclubError(
        f"{where} is a PostgreSQL {major}, and {have}; "
        f"`apt install postgresql-client-{major}`, or where packages of that version come from "
        "(https://www.postgresql.org/download/)"
    )


def any_client(found: Iterable[Binaries], where: str) -> Binaries:
    """The newest client, to ask a server for its version with.

    Raises:
        HotclubError: there is none.
    """
    newest = max(found, default=None)
    if newest is None:
        raise HotclubError(
            f"{where} is to be copied, and there are no PostgreSQL programs here (psql, pg_dump, "
            "pg_restore); `apt install postgresql`, or at least postgresql-client"
        )
    return newest


def server(found: Iterable[Binaries], major: int) -> Binaries | None:
    """The programs to run a copy of that version's databases with: its own, else newer ones."""
    usable = [binaries for binaries in found if binaries.serves and binaries.major >= major]
    return usable[0] if usable else None


def _is_program(path: Path) -> bool:
    """Whether it is one, and not Debian's wrapper around several."""
    return os.access(path, os.X_OK) and path.resolve().name != "pg_wrapper"


def _major(pg_dump: Path) -> int:
    try:
        text = subprocess.run(
            [pg_dump, "--version"], capture_output=True, text=True, timeout=30
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return 0
    match = re.search(r"\) (\d+)", text)
    return int(match[1]) if match else 0
