"""What a recording holds, as immutable objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hotclub.agent.schema import TEST_LABEL

_SAFE = ("GET", "HEAD", "OPTIONS")


def is_safe(method: str) -> bool:
    """Whether the method only asks (RFC 9110, section 9.2.1): it may be asked again."""
    return method in _SAFE


@dataclass(frozen=True)
class Place:
    """A point in the code; see the table in ``docs/recording.md``."""

    id: int
    kind: str
    path: str
    in_project: bool
    line: int
    column: int | None
    end_line: int | None
    end_column: int | None
    qualname: str
    attribute: str | None
    sha256: str | None

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


@dataclass(frozen=True)
class Process:
    """One process that wrote to the recording, and what it had to leave out."""

    id: int
    pid: int
    started: float
    ended: float | None
    requests: int
    dropped_requests: int
    dropped_events: int
    drop_reason: str | None


@dataclass(frozen=True)
class Request:
    """One request and its response, without the response's body."""

    id: int
    process_id: int
    started: float
    duration_ns: int
    method: str
    scheme: str
    host: str
    path: str
    query: str
    route: str | None
    view: str | None
    user: str | None
    request_headers: tuple[tuple[str, str], ...]
    request_body: bytes | None
    status: int | None
    response_headers: tuple[tuple[str, str], ...]
    body_digest: str | None
    body_size: int | None
    query_count: int
    query_ns: int
    error: str | None
    depth: str
    label: str | None

    @property
    def by_test(self) -> bool:
        """Whether a test made it: it tells what the code does, and nothing of time."""
        return (self.label or "").startswith(TEST_LABEL)

    @property
    def target(self) -> str:
        """Path and query string as they stand in a request line."""
        return f"{self.path}?{self.query}" if self.query else self.path


@dataclass(frozen=True)
class Body:
    """A response's body; *truncated* when only its beginning was kept."""

    content: bytes
    truncated: bool


@dataclass(eq=False)
class Batch:
    """Instances that were loaded together; a node of its request's tree."""

    id: int
    request_id: int
    relation: str | None
    relation_kind: str | None
    via: str
    shape: str
    model: str
    size: int
    loads: int
    members: int
    queries: int
    duration_ns: int
    created_stack: int | None
    trigger_stack: int | None
    queryset: Mapping[str, Any] | None
    parent: Batch | None = field(default=None, repr=False)
    children: list[Batch] = field(default_factory=list, repr=False)

    @property
    def root(self) -> Batch:
        """The batch without a parent that this one was reached from."""
        batch = self
        while batch.parent is not None:
            batch = batch.parent
        return batch

    @property
    def path(self) -> tuple[Batch, ...]:
        """The batches from below the root to this one, outermost first."""
        steps: list[Batch] = []
        batch = self
        while batch.parent is not None:
            steps.append(batch)
            batch = batch.parent
        return tuple(reversed(steps))


@dataclass(frozen=True)
class Span:
    """Something that took time; *count* repeats folded into one."""

    id: int
    request_id: int
    parent_id: int | None
    kind: str
    name: str
    started_ns: int
    duration_ns: int
    count: int
    stack_id: int | None
    batch_id: int | None


@dataclass(frozen=True)
class Query:
    """A query that was run, with the span it is."""

    span: Span
    fingerprint: str
    statement_id: int
    alias: str
    rows: int | None
    many: int
    sql: str | None
    params: Any


@dataclass(frozen=True)
class Note:
    """Something that a deep recording noticed; what, is in ``docs/recording.md``."""

    batch_id: int | None
    kind: str
    name: str
    count: int
    stack_id: int | None
    facts: Mapping[str, Any]
