"""Opening a recording and asking it questions. Nothing is ever written to the file."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from hotclub.agent import schema
from hotclub.errors import HotclubError

from ._rows import Batch, Body, Note, Place, Process, Query, Request, Span

_REQUEST = (
    "id, process_id, started, duration_ns, method, scheme, host, path, query, route, view, user, "
    "request_headers, request_body, status, response_headers, body_digest, body_size, "
    "query_count, query_ns, error, depth, label"
)
_PAIRS = (12, 15)  # the columns of _REQUEST that hold headers
_BATCH = (
    "id, request_id, relation, relation_kind, via, shape, model, size, loads, members, queries, "
    "duration_ns, created_stack, trigger_stack, queryset, parent_id"
)
_SPAN = (
    "span.id, span.request_id, span.parent_id, span.kind, span.name, span.started_ns, "
    "span.duration_ns, span.count, span.stack_id, span.batch_id"
)


class Recording:
    """One recording, open for reading. Use as a context manager, or call :meth:`close`."""

    def __init__(self, path: Path, connection: sqlite3.Connection, meta: dict[str, str]) -> None:
        self.path = path
        self.meta = meta
        self._db = connection
        self._stacks: dict[int, tuple[Place, ...]] = {}
        self._tables: frozenset[str] | None = None

    @classmethod
    def open(cls, path: str | Path) -> Recording:
        """Open the recording at *path*.

        Raises :class:`HotclubError` when there is no such file, when it is not a recording,
        when it is damaged, or when a newer hotclub wrote it.
        """
        path = Path(path)
        if not path.is_file():
            raise HotclubError(f"there is no recording at {path}; make one with `hotclub record`")
        with _reading(path):
            connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
            try:
                meta = _check(connection, path)
            except BaseException:
                connection.close()
                raise
        return cls(path, connection, meta)

    @property
    def depth(self) -> str:
        """``light`` or ``deep``."""
        return self.meta.get("depth", "light")

    @property
    def sample_rate(self) -> float:
        """The share of requests that was recorded.

        Raises :class:`HotclubError` when what the file says is none.
        """
        said = self.meta.get("sample_rate", "1")
        try:
            rate = float(said)
        except ValueError:
            rate = 0.0
        if not 0 < rate <= 1:
            raise HotclubError(f"{self.path} is damaged: its sample_rate is {said!r}; record again")
        return rate

    @property
    def root(self) -> str:
        """The project's root at the time of recording, absolute."""
        return self.meta.get("root", "")

    def processes(self) -> list[Process]:
        """Every process that wrote, in the order in which they began."""
        rows = self._all(
            "SELECT id, pid, started, ended, requests, dropped_requests, dropped_events, "
            "drop_reason FROM process ORDER BY started, id"
        )
        return [Process(*row) for row in rows]

    def requests(self, label: str | None = None) -> list[Request]:
        """All requests in the order in which they began; only those with *label*, if given."""
        where, args = ("", ()) if label is None else (" WHERE label = ?", (label,))
        rows = self._all(f"SELECT {_REQUEST} FROM request{where} ORDER BY started, id", *args)
        return [_request(row) for row in rows]

    def request(self, label: str) -> Request | None:
        """The last request that has this label."""
        found = self.requests(label)
        return found[-1] if found else None

    def views(self) -> dict[int, str]:
        """By request id, the dotted name of the view that answered; the outermost one."""
        rows = self._all("SELECT request_id, name FROM span WHERE kind = 'view' ORDER BY id DESC")
        return dict(rows)

    def body(self, request: Request) -> Body | None:
        """The response's body, when the recording kept it."""
        rows = self._all(
            "SELECT encoding, content, truncated FROM body WHERE request_id = ?", request.id
        )
        if not rows:
            return None
        encoding, content, truncated = rows[0]
        if encoding != "zlib":
            raise HotclubError(f"{self.path} holds a body in an unknown encoding: {encoding}")
        return Body(zlib.decompress(content), bool(truncated))

    def batches(self, request: Request) -> list[Batch]:
        """The request's batches, linked by ``parent`` and ``children``, parents first."""
        rows = self._all(f"SELECT {_BATCH} FROM batch WHERE request_id = ? ORDER BY id", request.id)
        parents: dict[int, int | None] = {row[0]: row[-1] for row in rows}
        batches: dict[int, Batch] = {}
        for row in rows:
            batches[row[0]] = Batch(*[*row[:14], _json(row[14])])
        for number, batch in batches.items():
            parent = batches.get(parents[number] or 0)
            if parent is not None:
                batch.parent = parent
                parent.children.append(batch)
        return sorted(batches.values(), key=lambda batch: len(batch.path))

    def stack(self, number: int | None) -> tuple[Place, ...]:
        """The places of a stack, innermost first; empty for None."""
        if number is None:
            return ()
        if number not in self._stacks:
            self._stacks[number] = tuple(self._places(number))
        return self._stacks[number]

    def spans(self, request: Request) -> list[Span]:
        """The request's spans in the order in which they began."""
        rows = self._all(
            f"SELECT {_SPAN} FROM span WHERE request_id = ? ORDER BY started_ns, id", request.id
        )
        return [Span(*row) for row in rows]

    def queries(self, request: Request) -> list[Query]:
        """The request's queries in the order in which they ran."""
        rows = self._all(
            f"SELECT {_SPAN}, fingerprint, statement_id, alias, rows, many, sql, params "
            "FROM query JOIN span ON span.id = query.span_id "
            "JOIN statement ON statement.id = query.statement_id "
            "WHERE query.request_id = ? ORDER BY span.started_ns, span.id",
            request.id,
        )
        return [Query(*[Span(*row[:10]), *row[10:16], _json(row[16])]) for row in rows]

    def notes(self, request: Request) -> list[Note]:
        """What a deep recording noticed of the request; none in recordings that have no notes."""
        if not self._has("note"):
            return []
        rows = self._all(
            "SELECT batch_id, kind, name, count, stack_id, facts FROM note WHERE request_id = ?",
            request.id,
        )
        return [Note(*[*row[:5], json.loads(row[5])]) for row in rows]

    def plans(self) -> dict[tuple[int, str], tuple[str, ...]]:
        """By statement and alias, how the database would run it, where the doctor asked."""
        if not self._has("plan"):
            return {}
        rows = self._all("SELECT statement_id, alias, lines FROM plan")
        return {(number, alias): tuple(json.loads(lines)) for number, alias, lines in rows}

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def __enter__(self) -> Recording:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _has(self, table: str) -> bool:
        """Whether there is this table, which those of before had not."""
        if self._tables is None:
            rows = self._all("SELECT name FROM sqlite_master WHERE type = 'table'")
            self._tables = frozenset(name for (name,) in rows)
        return table in self._tables

    def _places(self, stack: int) -> Iterator[Place]:
        rows = self._all(
            "SELECT place.id, kind, path, in_project, line, column, end_line, end_column, "
            "qualname, attribute, sha256 FROM stack_place "
            "JOIN place ON place.id = place_id JOIN source ON source.id = source_id "
            "WHERE stack_id = ? ORDER BY depth",
            stack,
        )
        for number, kind, path, in_project, *rest in rows:
            yield Place(number, kind, path, bool(in_project), *rest)

    def _all(self, sql: str, *args: object) -> list[Any]:
        with _reading(self.path):
            return self._db.execute(sql, args).fetchall()


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into one sentence about *path*."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise HotclubError(
            f"{path} cannot be read as a recording ({error}); "
            "it may be cut off or not a recording: record again"
        ) from error


def _check(connection: sqlite3.Connection, path: Path) -> dict[str, str]:
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if application != schema.APPLICATION_ID:
        raise HotclubError(f"{path} is not a recording of hotclub")
    if version > schema.VERSION:
        raise HotclubError(
            f"{path} was recorded by a newer hotclub (version {version} of the format, this one "
            f"reads {schema.VERSION}); upgrade hotclub or record again"
        )
    present = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
    missing = [table for table in schema.TABLES if table not in present]
    if missing:
        raise HotclubError(
            f"{path} is not a whole recording: {', '.join(missing)} missing; record again"
        )
    return dict(connection.execute("SELECT key, value FROM meta").fetchall())


def _request(row: tuple[Any, ...]) -> Request:
    values = list(row)
    for index in _PAIRS:
        values[index] = _pairs(values[index])
    return Request(*values)


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in json.loads(text))


def _json(text: str | None) -> Any:
    return None if text is None else json.loads(text)
