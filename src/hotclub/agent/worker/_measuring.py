"""What a statement costs: the time it takes, and the work it is.

Time is what people wait for, and what a busy machine falsifies. Work is counted, not timed: steps
of SQLite's virtual machine, rows and pages of PostgreSQL, rows of MariaDB. It is the same in every
run. Neither says everything: a step that jumps to another page costs more than one that does not.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from hotclub.agent.worker import _mysql_plan, _postgres_plan
from hotclub.agent.worker._watch import is_write

STEPS = 50
"""SQLite's steps are counted in so many at once."""


def clock(
    alias: str, statements: list[dict[str, Any]], seconds: float = 0.02, most: int = 3
) -> dict[str, Any]:
    """Nanoseconds that each statement takes, rows fetched: the quickest of a few runs.

    A statement is run again until ``seconds`` are over, ``most`` times; one that writes is run
    once. None for one that fails.
    """

    def run(connection: Any, one: dict[str, Any]) -> int:
        best = spent = 0
        for _ in range(most):
            with _rolled_back(alias, one["sql"]), connection.cursor() as cursor:
                began = time.perf_counter_ns()
                _fetch(cursor, one)
                took = time.perf_counter_ns() - began
            best = min(best, took) if spent else took
            spent += took
            if spent > seconds * 1e9 or is_write(one["sql"]):
                break
        return best

    return {"ns": _each(alias, statements, run)}


def work(alias: str, statements: list[dict[str, Any]]) -> dict[str, Any]:
    """The work that each statement is; None for one that fails, or that nobody can count."""
    from django.db import connections

    count = _COUNT.get(connections[alias].vendor)
    return {"work": _each(alias, statements, count) if count else [None] * len(statements)}


def _each(
    alias: str,
    statements: list[dict[str, Any]],
    measure: Callable[[Any, dict[str, Any]], int],
) -> list[int | None]:
    from django.db import Error, connections

    found: list[int | None] = []
    for one in statements:
        try:
            found.append(measure(connections[alias], one))
        except (Error, ValueError, TypeError):
            found.append(None)
    return found


def _fetch(cursor: Any, one: dict[str, Any]) -> None:
    cursor.execute(one["sql"], one["params"])
    if cursor.description:
        cursor.fetchall()


def _rolled_back(alias: str, sql: str) -> Any:
    """A transaction that is rolled back, for what writes; nothing for what reads."""
    from contextlib import contextmanager, nullcontext

    from django.db import transaction

    @contextmanager
    def rolled_back() -> Any:
        with transaction.atomic(using=alias):
            yield
            transaction.set_rollback(True, using=alias)

    return rolled_back() if is_write(sql) else nullcontext()


def _steps(connection: Any, one: dict[str, Any]) -> int:
    connection.ensure_connection()
    counted = 0

    def count() -> int:
        nonlocal counted
        counted += 1
        return 0

    with _rolled_back(connection.alias, one["sql"]), connection.cursor() as cursor:
        connection.connection.set_progress_handler(count, STEPS)
        try:
            _fetch(cursor, one)
        finally:
            connection.connection.set_progress_handler(None, 0)
    return (counted + 1) * STEPS


def _rows(connection: Any, one: dict[str, Any]) -> int:
    with _rolled_back(connection.alias, one["sql"]), connection.cursor() as cursor:
        return _postgres_plan.work(cursor, one["sql"], one["params"])


def _handled(connection: Any, one: dict[str, Any]) -> int:
    with _rolled_back(connection.alias, one["sql"]), connection.cursor() as cursor:
        return _mysql_plan.work(cursor, one["sql"], one["params"])


_COUNT: dict[str, Callable[[Any, dict[str, Any]], int]] = {
    "sqlite": _steps,
    "postgresql": _rows,
    "mysql": _handled,
}

OPERATIONS: dict[str, Callable[..., dict[str, Any]]] = {"clock": clock, "work": work}
