"""Recordings made by hand, through the real schema."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

from hotclub.agent import schema


class Book:
    """Writes a recording row by row; read it with ``Recording.open(book.path)``."""

    def __init__(self, path: Path, depth: str = "deep") -> None:
        self.path = path
        self.depth = depth
        self.number = 0
        self.db = sqlite3.connect(path)
        self.db.execute("PRAGMA synchronous = OFF")
        for statement in schema.STATEMENTS:
            self.db.execute(statement)
        self.db.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        self.db.execute(f"PRAGMA user_version = {schema.VERSION}")
        self.add("meta", key="depth", value=depth)
        self.add("process", id=1, pid=1, started=0.0)
        self.db.commit()

    def add(self, table: str, **values: Any) -> None:
        names = ", ".join(values)
        marks = ", ".join("?" * len(values))
        sql = f"INSERT OR IGNORE INTO {table} ({names}) VALUES ({marks})"
        self.db.execute(sql, tuple(values.values()))
        self.db.commit()

    def next(self) -> int:
        self.number += 1
        return self.number

    def stack(self, *places: tuple[Any, ...]) -> int:
        """Places as ``(kind, path, line, qualname[, attribute])``, innermost first."""
        numbers = [self.place(*place) for place in places]
        key = ">".join(map(str, numbers))
        number = schema.content_id("stack", key)
        self.add("stack", id=number, key=key)
        for depth, place in enumerate(numbers):
            self.add("stack_place", stack_id=number, depth=depth, place_id=place)
        return number

    def place(
        self,
        kind: str,
        path: str,
        line: int,
        qualname: str = "view",
        attribute: str | None = None,
        span: tuple[int, int, int] | None = None,
        sha256: str | None = "0" * 64,
    ) -> int:
        source = schema.content_id("source", path, sha256)
        self.add("source", id=source, path=path, in_project=not path.startswith("/"), sha256=sha256)
        column, end_line, end_column = span or (4, line, 20)
        if kind != "call":
            column = end_line = end_column = None  # type: ignore[assignment]
        number = schema.content_id("place", kind, path, line, qualname, attribute, span)
        self.add(
            "place", id=number, kind=kind, source_id=source, qualname=qualname, line=line,
            column=column, end_line=end_line, end_column=end_column, attribute=attribute,
        )  # fmt: skip
        return number

    def request(self, path: str = "/", label: str | None = None, **values: Any) -> int:
        number = self.next()
        row = {
            "id": number, "process_id": 1, "started": float(number), "duration_ns": 5_000_000,
            "method": "GET", "scheme": "http", "host": "testserver", "path": path, "query": "",
            "route": path.lstrip("/"), "view": "view", "request_headers": "[]", "status": 200,
            "response_headers": "[]", "query_count": 0, "query_ns": 0, "depth": self.depth,
            "label": label or f"GET {path}",
        }  # fmt: skip
        self.add("request", **{**row, **values})
        return number

    def batch(self, request: int, model: str, **values: Any) -> int:
        number = self.next()
        facts = values.pop("queryset", None)
        row = {
            "id": number, "request_id": request, "via": "query", "shape": "all", "model": model,
            "size": 1, "loads": 1, "members": 0, "queries": 1, "duration_ns": 1_000_000,
            "queryset": None if facts is None else json.dumps(facts),
        }  # fmt: skip
        self.add("batch", **{**row, **values})
        return number

    def lazy(self, request: int, parent: int | None, name: str, kind: str, **values: Any) -> int:
        """A relation loaded lazily, ten times unless told otherwise."""
        row = {
            "parent_id": parent, "relation": name, "relation_kind": kind, "via": "lazy",
            "size": 10, "loads": 10, "members": 10, "queries": 10, "duration_ns": 10_000_000,
        }  # fmt: skip
        return self.batch(request, values.pop("model", "shop.Other"), **{**row, **values})

    def query(self, request: int, sql: str, params: Any = (), **values: Any) -> int:
        number = self.next()
        statement = schema.content_id("statement", sql)
        self.add("statement", id=statement, fingerprint=sql)
        batch = values.get("batch")
        self.add(
            "span", id=number, request_id=request, parent_id=values.get("parent"), kind="query",
            name="default", started_ns=number * 1000, duration_ns=values.get("duration", 400_000),
            stack_id=values.get("stack"), batch_id=batch,
        )  # fmt: skip
        deep = self.depth == "deep"
        self.add(
            "query", span_id=number, request_id=request, statement_id=statement, batch_id=batch,
            alias="default", rows=values.get("rows", 1), many=1, sql=sql if deep else None,
            params=json.dumps(params) if deep else None,
        )  # fmt: skip
        return number

    def span(self, request: int, kind: str, name: str, **values: Any) -> int:
        number = self.next()
        row = {"started_ns": number * 1000, "duration_ns": 1_000_000}
        self.add("span", id=number, request_id=request, kind=kind, name=name, **{**row, **values})
        return number
