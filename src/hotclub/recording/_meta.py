"""What is said of a whole recording, by key."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path


def write_meta(path: Path, key: str, text: str) -> None:
    """Say something of a recording that is there, in place of what was said before.

    Raises :class:`sqlite3.Error` when the file cannot be written.
    """
    uri = f"{path.resolve().as_uri()}?mode=rw"
    with contextlib.closing(sqlite3.connect(uri, uri=True)) as connection, connection:
        connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, text))
