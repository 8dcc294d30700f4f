"""Plans: how the database would run statements of a recording, kept in it by the doctor."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

Plans = Mapping[tuple[int, str], Sequence[str]]
"""By statement and alias of the database, lines in the database's words."""


def add_plans(path: Path, plans: Plans) -> None:
    """Keep these plans in the recording at *path*, which nobody else is writing to."""
    rows = [(*key, json.dumps(list(lines))) for key, lines in plans.items()]
    with closing(sqlite3.connect(path.resolve().as_uri(), uri=True)) as connection, connection:
        connection.executemany("INSERT OR REPLACE INTO plan VALUES (?, ?, ?)", rows)
