"""What is seen of a request from inside: queries, writes, ``reverse()`` calls, the exception."""

from __future__ import annotations

import re
import sys
from typing import Any

from hotclub.agent.worker._state import tables_written

_NOISE = re.compile(r"(?:\s+|--[^\n]*\n|/\*.*?\*/|\()+", re.DOTALL)
_WORD = re.compile(r"[A-Za-z]+")
_WRITES = frozenset({"INSERT", "UPDATE", "DELETE", "REPLACE", "MERGE", "TRUNCATE"}) | frozenset(
    {"CREATE", "DROP", "ALTER", "VACUUM", "REINDEX"}
)
_MOST_REVERSED = 2000


class Watch:
    """Watches one request at a time; a context manager around it."""

    def __init__(self) -> None:
        from django.core.signals import got_request_exception
        from django.db import connections

        self._active = False
        self._reset()
        _watch_reverse(self)
        got_request_exception.connect(self._failed)
        for connection in connections.all():
            connection.execute_wrappers.append(self._executed)

    def __enter__(self) -> Watch:
        self._reset()
        self._active = True
        return self

    def __exit__(self, *_: object) -> None:
        self._active = False

    def reversed_to(self, url: str) -> None:
        """A ``reverse()`` gave this URL."""
        if self._active and len(self.reversed) < _MOST_REVERSED:
            self.reversed.setdefault(url)

    def _reset(self) -> None:
        self.queries = 0
        self.writes = 0
        self.written: dict[tuple[str, str], None] = {}
        self.reversed: dict[str, None] = {}
        self.error: BaseException | None = None

    def _executed(self, execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        if self._active:
            self.queries += 1
            self._write(str(sql), context["connection"].alias)
        return execute(sql, params, many, context)

    def _write(self, sql: str, alias: str) -> None:
        if is_write(sql):
            self.writes += 1
            self.written.update(dict.fromkeys((alias, table) for table in tables_written(sql)))

    def _failed(self, sender: Any, **_: Any) -> None:
        self.error = sys.exc_info()[1]


def is_write(sql: str) -> bool:
    """Whether a statement changes the database; a WITH is looked into."""
    noise = _NOISE.match(sql)
    text = sql[noise.end() :] if noise else sql
    found = _WORD.match(text)
    word = found[0].upper() if found else ""
    if word == "WITH":
        return re.search(r"\)\s*(INSERT|UPDATE|DELETE|REPLACE)\b", text, re.IGNORECASE) is not None
    return word in _WRITES


def _watch_reverse(watch: Watch) -> None:
    """Hear of every URL made: all of Django's ways to one end in this method."""
    from django.urls.resolvers import URLResolver

    resolver: Any = URLResolver
    original = resolver._reverse_with_prefix

    def _reverse_with_prefix(self: Any, *args: Any, **kwargs: Any) -> Any:
        url = original(self, *args, **kwargs)
        watch.reversed_to(str(url))
        return url

    resolver._reverse_with_prefix = _reverse_with_prefix
