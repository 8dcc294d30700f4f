"""Writing to the recording's file, and giving up in good order.

Everything that can go wrong here — no such directory, a full disk, a file that stays locked, a
file that is something else — costs the recording some requests, which are counted, and the
project nothing.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import sqlite3
import sys
import time
from itertools import chain
from typing import Any

from hotclub import __version__
from hotclub.agent import schema

from ._config import Config
from ._encode import Encoder, Rows
from ._resolve import Resolver
from ._settings import settings_facts
from ._state import Trace

_WIDTHS = {
    "source": 4, "place": 9, "stack": 2, "stack_place": 3, "statement": 2, "request": 23,
    "body": 4, "batch": 16, "span": 10, "query": 9, "note": 7,
}  # fmt: skip
AT_ONCE = 16  # rows for one statement: a fifth quicker, and within what SQLite takes


def _insert_of(table: str, width: int, rows: int) -> str:
    ignoring = "OR IGNORE " if table in schema.INTERNED else ""
    row = f"({', '.join('?' * width)})"
    return f"INSERT {ignoring}INTO {table} VALUES {', '.join([row] * rows)}"


_INSERTS = {table: _insert_of(table, width, 1) for table, width in _WIDTHS.items()}
_INSERTS_AT_ONCE = {table: _insert_of(table, width, AT_ONCE) for table, width in _WIDTHS.items()}
OPEN_AGAIN = 0.01  # seconds until a file that others are making is tried again
_abandoned: list[sqlite3.Connection] = []


class Unwritable(Exception):
    """The file is there, and is not ours to write to."""


class Writer:
    """One process's way into the file. `write` is called by one thread at a time."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._started = time.time()
        self._resolver = Resolver(str(config.root), self._started)
        self._dropped_requests = 0
        self._dropped_events = 0
        self._reason: str | None = None
        self._clean()

    def _clean(self) -> None:
        self._connection: sqlite3.Connection | None = None
        self._encoder: Encoder | None = None
        self._process = 0
        self._requests = 0

    def abandon(self) -> None:
        """After a fork: the connection is the parent's, and must not even be closed here."""
        if self._connection is not None:
            _abandoned.append(self._connection)
        self._started = time.time()
        self._dropped_requests = self._dropped_events = 0
        self._reason = None
        self._clean()

    def dropped(self, requests: int, events: int, reason: str) -> None:
        """Count what is lost; it is told with the next thing that can be written."""
        self._dropped_requests += requests
        self._dropped_events += events
        self._reason = reason

    def write(self, traces: list[Trace], events: int) -> None:
        """Write the traces in one transaction, or drop them all. Never raises."""
        try:
            self._transaction(traces)
        except Exception as error:
            self._give_up()
            self.dropped(len(traces), events, _reason(error))

    def close(self) -> None:
        """Note that the process ended well."""
        connection = self._connection
        if connection is None:
            return
        with contextlib.suppress(sqlite3.Error):
            connection.execute("BEGIN IMMEDIATE")
            self._account(connection, time.time())
            connection.execute("COMMIT")
        with contextlib.suppress(sqlite3.Error):
            connection.close()
        self._connection = None

    def _transaction(self, traces: list[Trace]) -> None:
        connection, encoder = self._ready()
        rows: Rows = {table: [] for table in _INSERTS}
        written = sum(self._encode(encoder, trace, rows) for trace in traces)
        connection.execute("BEGIN IMMEDIATE")
        for table, added in rows.items():
            if added:
                _insert(connection, table, added)
        self._requests += written
        try:
            self._account(connection, None)
            connection.execute("COMMIT")
        except BaseException:
            self._requests -= written
            raise

    def _encode(self, encoder: Encoder, trace: Trace, rows: Rows) -> bool:
        """Add one trace's rows, or none of them: one odd request must not cost the others."""
        lengths = [len(added) for added in rows.values()]
        try:
            encoder.encode(trace, rows)
        except Exception as error:
            for added, length in zip(rows.values(), lengths, strict=True):
                del added[length:]
            encoder.forget()
            self.dropped(1, len(trace.spans) + len(trace.batches), _reason(error))
            return False
        return True

    def _account(self, connection: sqlite3.Connection, ended: float | None) -> None:
        connection.execute(
            "UPDATE process SET ended = ?, requests = ?, dropped_requests = ?, "
            "dropped_events = ?, drop_reason = ? WHERE id = ?",
            (ended, self._requests, self._dropped_requests, self._dropped_events, self._reason,
             self._process),
        )  # fmt: skip

    def _give_up(self) -> None:
        if self._encoder is not None:
            self._encoder.forget()
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")

    def _ready(self) -> tuple[sqlite3.Connection, Encoder]:
        if self._connection is None or self._encoder is None:
            connection = self._open()
            try:
                self._process = self._enrol(connection)
            except BaseException:
                connection.close()
                raise
            self._encoder = Encoder(self._config, self._resolver, self._process)
            self._connection = connection
        return self._connection, self._encoder

    def _open(self) -> sqlite3.Connection:
        """Patient also where SQLite is not: it fails while another process makes the file."""
        deadline = time.monotonic() + self._config.patience
        while True:
            try:
                return self._open_once()
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > deadline:
                    raise
            time.sleep(OPEN_AGAIN)

    def _open_once(self) -> sqlite3.Connection:
        path = str(self._config.path)
        connection = sqlite3.connect(
            path, timeout=self._config.patience, isolation_level=None, check_same_thread=False
        )
        try:
            _refuse_others(connection)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("BEGIN IMMEDIATE")
            _refuse_another_share(connection, self._config.sample_rate)
            for statement in schema.STATEMENTS:
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {schema.VERSION}")
            connection.executemany(
                "INSERT OR IGNORE INTO meta VALUES (?, ?)", list(self._meta().items())
            )
            connection.execute("COMMIT")
        except BaseException:
            connection.close()
            raise
        return connection

    def _enrol(self, connection: sqlite3.Connection) -> int:
        cursor = connection.execute(
            "INSERT INTO process (pid, started) VALUES (?, ?)", (os.getpid(), self._started)
        )
        number = cursor.lastrowid
        assert number is not None
        return number

    def _meta(self) -> dict[str, str]:
        django = sys.modules.get("django")
        return {
            "depth": self._config.depth,
            "root": str(self._config.root),
            "sample_rate": str(self._config.sample_rate),
            "django": getattr(django, "__version__", ""),
            "python": platform.python_version(),
            "hotclub": __version__,
            "created": str(time.time()),
            "settings": json.dumps(settings_facts()),
        }


def _insert(connection: sqlite3.Connection, table: str, rows: list[tuple[Any, ...]]) -> None:
    whole = len(rows) - len(rows) % AT_ONCE
    for start in range(0, whole, AT_ONCE):
        values = tuple(chain.from_iterable(rows[start : start + AT_ONCE]))
        connection.execute(_INSERTS_AT_ONCE[table], values)
    if whole < len(rows):
        connection.executemany(_INSERTS[table], rows[whole:])


def _refuse_others(connection: sqlite3.Connection) -> None:
    """Never write into somebody else's database."""
    connection.execute("BEGIN")  # what is read is of one moment, while another process makes it
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    empty = not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    connection.execute("COMMIT")
    if application != schema.APPLICATION_ID and not empty:
        raise Unwritable("the file is not a recording")
    if version > schema.VERSION:
        raise Unwritable("the recording is of a newer hotclub")


def _refuse_another_share(connection: sqlite3.Connection, rate: float) -> None:
    """What is read of a recording rests on how many of the requests are in it."""
    if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        return
    found = connection.execute("SELECT value FROM meta WHERE key = 'sample_rate'").fetchone()
    if float(found[0] if found else 1) != rate:
        raise Unwritable("the recording is of another share of the requests")


def _reason(error: Any) -> str:
    text = str(error)
    if isinstance(error, Unwritable):
        return text
    if isinstance(error, sqlite3.OperationalError) and "locked" in text:
        return "the recording stayed locked"
    if isinstance(error, sqlite3.OperationalError) and "full" in text:
        return "the disk is full"
    return f"{type(error).__name__}: {text}"
