"""What the probe's report of the project's settings means for the user's own files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from hotclub.errors import HotclubError
from hotclub.workspace._layout import Layout

_SUPPORTED = "hotclub works with SQLite databases in files"


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


def database_files(settings: Mapping[str, Any], paths: Paths) -> dict[str, Path]:
    """The user's database files by alias; databases that are not used have none.

    Raises:
        HotclubError: a database that cannot be copied, with what can be done.
    """
    files = {}
    for alias, database in settings["databases"].items():
        if database["vendor"] == "dummy":
            continue
        if database["vendor"] != "sqlite":
            raise HotclubError(_unsupported(alias, database))
        files[alias] = paths.original(_file_of(alias, database["name"], settings["directory"]))
    return files


def media_root(settings: Mapping[str, Any], paths: Paths) -> Path | None:
    """The user's media directory, or None when the project has none."""
    media = settings["media_root"]
    return paths.original(media) if media else None


def _unsupported(alias: str, database: Mapping[str, Any]) -> str:
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
