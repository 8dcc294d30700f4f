"""The first, the middle and the last page of a long list: by key, by OFFSET, by DRF's cursor.

1,000,000 rows with an index on their order, in SQLite and in a PostgreSQL of the benchmark's own;
50 rows to a page, each with its links. The same page is asked of ``KeysetPaginator``, of Django's
``Paginator`` (with its count) and of DRF's ``CursorPagination``, in turn. Beside the milliseconds
stands what does not depend on the machine: how much the database worked, in virtual machine steps
(SQLite) or 8 kB pages looked at (PostgreSQL). ``python -m bench.pagination --rows 50000`` is a
quick look.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import django
from django.conf import settings

from bench._harness import spread
from tests import postgres_server

SIZE, ROUNDS = 50, 10
SQLITE = """
INSERT INTO entry (created, title)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
SELECT datetime('2001-01-01', i || ' minutes'), 'entry number ' || i FROM n
"""
POSTGRES = """
INSERT INTO entry (created, title)
SELECT timestamp '2001-01-01' + i * interval '1 minute', 'entry number ' || i
FROM generate_series(1, {rows}) AS i
"""
PLACES = ("first", "middle", "last")
Ask = Callable[[], Any]


def entry() -> Any:
    """The model; the app registry must be ready."""
    from django.db import models

    class Entry(models.Model):
        created: models.DateTimeField[Any, Any] = models.DateTimeField()
        title: models.CharField[Any, Any] = models.CharField(max_length=60)

        class Meta:
            app_label = "bench"
            db_table = "entry"
            indexes = [models.Index(fields=["created", "id"], name="entry_order")]

    return Entry


@contextmanager
def databases(directory: Path) -> Iterator[None]:
    """Django, with one database of each kind."""
    with postgres_server.running() as server:
        server.sql("CREATE DATABASE bench;")
        address = {"HOST": str(server.directory), "PORT": str(server.port), "USER": "boss"}
        backend = "django.db.backends."
        settings.configure(
            SECRET_KEY="bench",
            ALLOWED_HOSTS=["*"],
            DATABASES={
                "default": {"ENGINE": f"{backend}sqlite3", "NAME": directory / "bench.sqlite3"},
                "postgresql": {"ENGINE": f"{backend}postgresql", "NAME": "bench", **address},
            },
        )
        django.setup()
        from django.db import connections

        yield
        connections.close_all()


def fill(model: Any, alias: str, rows: int) -> None:
    from django.db import connections

    connection = connections[alias]
    with connection.schema_editor() as editor:
        editor.create_model(model)
    with connection.cursor() as cursor:
        cursor.execute((SQLITE if connection.vendor == "sqlite" else POSTGRES).format(rows=rows))
        cursor.execute("ANALYZE" if connection.vendor == "sqlite" else "VACUUM ANALYZE entry")


def by_key(queryset: Any, pages: int) -> dict[str, Ask]:
    """Pages as their links ask for them."""
    from hotclub.pagination import KeysetPaginator

    def asking(token: Any) -> Ask:
        def ask() -> Any:
            page = KeysetPaginator(queryset, SIZE).page(token)
            return list(page), page.has_next() and page.next_page_number()

        return ask

    def token(number: int) -> Any:
        return KeysetPaginator(queryset, SIZE).page(number - 1).next_page_number()

    numbers = {"middle": pages // 2, "last": pages}
    return {"first": asking(1), **{name: asking(token(at)) for name, at in numbers.items()}}


def by_offset(queryset: Any, pages: int) -> dict[str, Ask]:
    from django.core.paginator import Paginator

    def asking(number: int) -> Ask:
        def ask() -> Any:
            page = Paginator(queryset, SIZE).page(number)
            return list(page), page.has_next() and page.next_page_number()

        return ask

    return {name: asking(at) for name, at in zip(PLACES, (1, pages // 2, pages), strict=True)}


def by_cursor(queryset: Any, pages: int) -> dict[str, Ask]:
    from rest_framework.pagination import Cursor, CursorPagination
    from rest_framework.request import Request
    from rest_framework.test import APIRequestFactory

    class Pages(CursorPagination):  # type: ignore[misc]
        page_size = SIZE
        ordering = "-created"

    def asking(url: str) -> Ask:
        def ask() -> Any:
            pagination = Pages()
            request = Request(APIRequestFactory().get(url))
            return pagination.paginate_queryset(queryset, request), pagination.get_next_link()

        return ask

    def url(number: int) -> str:
        before = queryset[(number - 1) * SIZE - 1]
        pagination = Pages()
        pagination.base_url = "http://testserver/"
        return str(pagination.encode_cursor(Cursor(0, False, str(before.created))))

    return {"first": asking("/"), "middle": asking(url(pages // 2)), "last": asking(url(pages))}


def work(alias: str, ask: Ask) -> int:
    """What the database does for a page: steps of SQLite's, or PostgreSQL's looks at pages."""
    from django.db import connections
    from django.test.utils import CaptureQueriesContext

    connection = connections[alias]
    if connection.vendor == "sqlite":
        steps = [0]

        def count() -> None:
            steps[0] += 10

        connection.connection.set_progress_handler(count, 10)
        ask()
        connection.connection.set_progress_handler(None, 0)
        return steps[0]
    with CaptureQueriesContext(connection) as queries:
        ask()
    looks = 0
    with connection.cursor() as cursor:
        for query in queries.captured_queries:
            cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, TIMING off) {query['sql']}")
            found = re.search(r"Buffers: (.*)", "\n".join(row[0] for row in cursor.fetchall()))
            looks += sum(map(int, re.findall(r"(?:hit|read)=(\d+)", found[1]))) if found else 0
    return looks


def milliseconds(asks: dict[str, Ask]) -> dict[str, list[float]]:
    """Each in turn, in an order that turns round each time."""
    taken: dict[str, list[float]] = {name: [] for name in asks}
    for number in range(ROUNDS + 1):
        for name in list(asks) if number % 2 else reversed(list(asks)):
            began = time.perf_counter()
            asks[name]()
            if number:
                taken[name].append((time.perf_counter() - began) * 1000)
    return taken


def measured(model: Any, alias: str, rows: int) -> dict[str, dict[str, float]]:
    """Medians by place and contender; printed as a table."""
    queryset = model.objects.using(alias).order_by("-created", "-id")
    pages = -(-rows // SIZE)
    contenders = {"hotclub": by_key, "Paginator": by_offset, "CursorPagination": by_cursor}
    made = {name: make(queryset, pages) for name, make in contenders.items()}
    kind = "steps" if alias == "default" else "pages looked at"
    print(f"\n{'SQLite' if alias == 'default' else 'PostgreSQL'}, {rows:,} rows")
    print(f"{'':8}{'':18}{'ms':>10}{'quartiles':>20}{kind:>18}")
    found: dict[str, dict[str, float]] = {}
    for place in PLACES:
        asks = {name: one[place] for name, one in made.items()}
        answers = {name: [row.pk for row in ask()[0]] for name, ask in asks.items()}
        assert len(set(map(tuple, answers.values()))) == 1, answers
        for name, times in milliseconds(asks).items():
            low, middle, high = spread(times)
            done = work(alias, asks[name])
            found.setdefault(place, {})[name] = round(middle, 3)
            quartiles = f"{low:,.2f}–{high:,.2f}"
            print(f"{place:8}{name:18}{middle:10,.2f}{quartiles:>20}{done:18,}", flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as directory, databases(Path(directory)):
        model = entry()
        found = {}
        for alias, name in (("default", "sqlite"), ("postgresql", "postgresql")):
            fill(model, alias, rows)
            found[name] = measured(model, alias, rows)
    last = dict(found["postgresql"]["last"])
    line = {"bench": "pagination", "unit": "ms, last page", "better": "lower", "rows": rows}
    print(json.dumps({**line, "hotclub": last.pop("hotclub"), "peers": last, "pages": found}))


if __name__ == "__main__":
    main()
