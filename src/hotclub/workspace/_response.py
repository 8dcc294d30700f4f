"""One answered request, as the driver sees it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Response:
    """What the project answered to one request in a child.

    ``digest`` (SHA-256) and ``size`` are of the whole body as far as it was read; ``body`` is
    its beginning. ``truncated`` is ``""``, or ``"bytes"`` or ``"seconds"`` when a body went on
    past that limit and was closed. ``links`` and ``reversed`` are
    ``{"url", "route", "logout"}`` of pages of this project, where they were asked for. ``error`` is
    ``{"type", "message", "file", "line", "code", "function"}`` when a view raised. ``work`` is that
    of its statements, where it was asked for and every one of them could be counted. ``written``
    are the tables that were written to, each with the alias of its database.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    digest: str
    size: int
    body: bytes
    truncated: str
    duration_ms: float
    queries: int
    writes: int
    route: str
    links: tuple[Mapping[str, Any], ...]
    reversed: tuple[Mapping[str, Any], ...]
    error: Mapping[str, Any] | None
    work: int | None = None
    written: tuple[tuple[str, str], ...] = ()

    @classmethod
    def read(cls, answer: Mapping[str, Any]) -> Response:
        """The response in an answer to the ``request`` operation."""
        return cls(
            status=answer["status"],
            headers=tuple((name, value) for name, value in answer["headers"]),
            digest=answer["digest"],
            size=answer["size"],
            body=base64.b64decode(answer["body"]),
            truncated=answer["truncated"],
            duration_ms=answer["duration_ms"],
            queries=answer["queries"],
            writes=answer["writes"],
            route=answer["route"],
            links=tuple(answer.get("links", ())),
            reversed=tuple(answer.get("reversed", ())),
            error=answer["error"],
            work=answer.get("work"),
            written=tuple((alias, table) for alias, table in answer["written"]),
        )

    def header(self, name: str) -> str | None:
        """The first header of that name, in any case."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)
