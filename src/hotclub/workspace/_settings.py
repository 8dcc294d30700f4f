"""What the probe's report of the project's settings means for the user's own files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from hotclub.errors import HotclubError
from hotclub.workspace._layout import Layout

_SUPPORTED = "hotclub works with PostgreSQL, MariaDB and SQLite databases in files"
_VENDORS = ("dummy", "sqlite", "postgresql", "mysql")


class Paths:
    """Turns paths as the probe saw them, in the copy, into the user's own."""

    def __init__(self, layout: Layout, directory: Path, home: Path) -> None:
        self._layout = layout
        self._directory = directory
        self._home = home

    def original(self, path: str) -> Path:
        """The user's path that this one stands for."""
        seen = Path(path)
        if seen.is_relative_to(self._home):
            return Path.home() / seen.relative_to(self._home)
        return self._layout.original(seen, self._directory)


def mirrored(settings: Mapping[str, Any]) -> dict[str, str]:
    """Each alias and the one whose database it shows: ``TEST: MIRROR`` says it of a replica."""
    databases = settings["databases"]
    return {
        alias: database.get("mirror") if database.get("mirror") in databases else alias
        for alias, database in databases.items()
    }


def check(settings: Mapping[str, Any]) -> None:
    """See to it that every database can be copied.

    Raises:
        HotclubError: one that cannot, with what can be done.
    """
    for alias, database in settings["databases"].items():
        if database["vendor"] not in _VENDORS:
            raise HotclubError(_unsupported(alias, database))


def database_files(
    settings: Mapping[str, Any], aliases: Mapping[str, str], paths: Paths
) -> dict[str, Path]:
    """The user's database files by alias; ``aliases`` names the one whose file it is.

    Raises:
        HotclubError: a database that is no file.
    """
    files = {}
    for alias, target in aliases.items():
        database = settings["databases"][target]
        if database["vendor"] == "sqlite":
            files[alias] = paths.original(_file_of(target, database["name"], settings["directory"]))
    return files


def media_root(settings: Mapping[str, Any], paths: Paths) -> Path | None:
    """The user's media directory, or None when the project has none."""
    media = settings["media_root"]
    return paths.original(media) if media else None


def _unsupported(alias: str, database: Mapping[str, Any]) -> str:
    if database.get("error") and re.search(
        "postg|psql|sqlite|spatialite|mysql|maria", database["engine"]
    ):
        return (
            f"DATABASES[{alias!r}] uses {database['engine']}, which cannot be imported: "
            f"{database['error']}; install its driver for the project's interpreter"
        )
    problem = f" ({database['error']})" if database.get("error") else ""
    return (
        f"DATABASES[{alias!r}] uses {database['engine']}{problem}; {_SUPPORTED} for now. "
        "Point it to an SQLite copy, by its environment variable or in settings of its own "
        "named with --settings"
    )


def _file_of(alias: str, name: str, directory: str) -> str:
    """The path in a database's NAME, which may be a URI or relative."""
    path, query = name, ""
    if name.startswith("file:"):
        parts = urlsplit(name)
        path, query = unquote(parts.path), parts.query
    if path in ("", ":memory:") or "mode=memory" in query:
        raise HotclubError(
            f"DATABASES[{alias!r}] is an SQLite database in memory: it is empty at each start, "
            "so there is nothing to record; name a file and run `manage.py migrate`"
        )
    return str(Path(directory, path))
