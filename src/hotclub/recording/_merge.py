"""Several recordings of one project, made into one."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path

from hotclub.agent import schema
from hotclub.errors import HotclubError

from ._reader import Recording

# For each table of events: the columns that hold an event's number.
_NUMBERED = {
    "request": ("id",),
    "body": ("request_id",),
    "batch": ("id", "request_id", "parent_id"),
    "span": ("id", "request_id", "parent_id", "batch_id"),
    "query": ("span_id", "request_id", "batch_id"),
    "note": ("request_id", "batch_id"),
}


def merge(target: str | Path, parts: Iterable[str | Path]) -> None:
    """Write a new recording at *target* that holds everything in *parts*.

    Interned rows keep their numbers; processes, and with them the events, are numbered anew.
    Raises :class:`HotclubError` when *target* exists, a part cannot be read, or the parts are of
    different shares of the requests.
    """
    target = Path(target)
    if target.exists():
        raise HotclubError(f"{target} exists already; choose another name or remove it")
    paths = [Path(part) for part in parts]
    _refuse_different_shares(paths)
    connection = sqlite3.connect(target.resolve().as_uri(), uri=True, isolation_level=None)
    try:
        for statement in schema.STATEMENTS:
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {schema.VERSION}")
        for part in paths:
            _append(connection, part)
    finally:
        connection.close()


def _refuse_different_shares(parts: Iterable[Path]) -> None:
    shares: dict[float, Path] = {}
    for part in parts:
        with Recording.open(part) as recording:
            shares.setdefault(recording.sample_rate, part)
    if len(shares) > 1:
        names = " and ".join(map(str, shares.values()))
        raise HotclubError(f"{names} are of different shares of the requests")


def _append(connection: sqlite3.Connection, part: Path) -> None:
    connection.execute("ATTACH ? AS part", (f"{part.resolve().as_uri()}?mode=ro",))
    connection.execute("BEGIN")
    try:
        shift = connection.execute("SELECT coalesce(max(id), 0) FROM process").fetchone()[0]
        present = {row[0] for row in connection.execute("SELECT name FROM part.sqlite_master")}
        for table in ("meta", *schema.INTERNED, "plan"):
            if table in present:  # those of before had no plans
                connection.execute(f"INSERT OR IGNORE INTO {table} SELECT * FROM part.{table}")
        _copy(connection, "process", {"id": f"id + {shift}"})
        for table, columns in _NUMBERED.items():
            if table not in present:  # those of before had no notes
                continue
            changes = {name: f"{name} + {shift << schema.EVENT_BITS}" for name in columns}
            if table == "request":
                changes["process_id"] = f"process_id + {shift}"
            _copy(connection, table, changes)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    finally:
        connection.execute("DETACH part")


def _copy(connection: sqlite3.Connection, table: str, changes: dict[str, str]) -> None:
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    values = ", ".join(changes.get(name, name) for name in columns)
    connection.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM part.{table}"
    )
