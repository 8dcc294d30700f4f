"""The work of all statements of one request, counted as :mod:`._measuring` counts it.

Counting takes time, and on PostgreSQL each ``SELECT`` is run once more for it: nobody looks at the
clock of a request that is counted.
"""

from __future__ import annotations

import contextlib
from typing import Any

from hotclub.agent.worker import _mysql_plan, _postgres_plan
from hotclub.agent.worker._measuring import STEPS
from hotclub.agent.worker._watch import is_write


class RequestWork:
    """A context manager around one request; ``total`` is None if any of it was not counted."""

    def __init__(self) -> None:
        self.total: int | None = 0
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> RequestWork:
        from django.db import connections

        for connection in connections.all():
            self._stack.enter_context(connection.execute_wrapper(self._executed))
        return self

    def __exit__(self, *_: object) -> None:
        from django.db import connections

        self._stack.close()
        for connection in connections.all():
            if connection.vendor == "sqlite" and connection.connection is not None:
                connection.connection.set_progress_handler(None, 0)

    def _executed(self, execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        connection = context["connection"]
        if connection.vendor == "sqlite":  # a new connection of this request has no handler yet
            connection.connection.set_progress_handler(self._step, STEPS)
        elif connection.vendor == "postgresql":
            self._explain(connection, str(sql), params, many)
        elif connection.vendor == "mysql":
            before = self._handled(connection)
            result = execute(sql, params, many, context)
            self._add(self._handled(connection) - before)
            return result
        else:
            self.total = None
        return execute(sql, params, many, context)

    def _step(self) -> int:
        self._add(STEPS)
        return 0

    def _explain(self, connection: Any, sql: str, params: Any, many: bool) -> None:
        from django.db import Error

        if many or is_write(sql) or not sql.lstrip(" (\n").upper().startswith(("SELECT", "WITH")):
            return
        try:
            with contextlib.closing(connection.create_cursor()) as cursor:
                self._add(_postgres_plan.work(cursor, sql, params))
        except (Error, connection.Database.Error, ValueError, TypeError):
            self.total = None

    def _handled(self, connection: Any) -> int:
        with contextlib.closing(connection.create_cursor()) as cursor:
            return _mysql_plan.handled(cursor)

    def _add(self, work: int) -> None:
        if self.total is not None:
            self.total += work
