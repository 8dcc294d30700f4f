"""The statements of a recording that look for rows, with their real parameters.

Those are ``SELECT``, ``UPDATE`` and ``DELETE``; what writes is only ever run in a transaction that
is rolled back.

How long they took is no reason to leave one out: what is recorded is the time until the first
row, and a table may be read whole only after that.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

from hotclub.doctor._seen import label_of
from hotclub.recording import Query, Recording, Request

SAMPLES = 3
MOST = 500
"""So many statements are looked at, those first that took longest in the whole crawl."""

_LOOKS = re.compile(r"\s*(?:SELECT|UPDATE|DELETE)\b", re.IGNORECASE)
_LOCKS = re.compile(r"\bFOR (?:UPDATE|SHARE|NO KEY|KEY)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Sample:
    """One way in which a statement was run."""

    sql: str
    params: Any

    @property
    def call(self) -> dict[str, Any]:
        """As the agent wants it."""
        return {"sql": self.sql, "params": self.params}


@dataclass(frozen=True)
class Statement:
    """All runs of one statement, whatever its values."""

    number: int
    alias: str
    samples: tuple[Sample, ...]
    """Few of the ways in which it was run: the slowest, the median one, the quickest."""
    runs: int
    total_ns: int
    by_label: Mapping[str, int]
    """How often a request ran it, for the request that ran it most often; by label."""
    slowest: tuple[Request, Query]
    """The run that took longest, to say where it was asked for."""
    settled: Mapping[int, Any] = field(default_factory=dict)
    """Parameters that were the same in every run and that no request brought, by number."""

    @property
    def sql(self) -> str:
        """An example."""
        return self.samples[0].sql


@dataclass
class _Runs:
    alias: str
    total_ns: int = 0
    longest: int = -1
    slowest: tuple[Request, Query] | None = None
    samples: dict[tuple[str, str], int] = field(default_factory=dict)
    labels: dict[str, dict[int, int]] = field(default_factory=dict)
    runs: int = 0
    brought: set[Any] = field(default_factory=set)
    """Parameters that may have come with a request."""

    def add(self, request: Request, address: str | None, query: Query) -> None:
        ns = query.span.duration_ns
        self.runs += 1
        self.total_ns += ns
        if ns > self.longest:
            self.longest, self.slowest = ns, (request, query)
        key = (query.sql or "", json.dumps(query.params))
        self.samples[key] = max(ns, self.samples.get(key, 0))
        self.brought.update(_brought(address, query.params))
        requests = self.labels.setdefault(label_of(request), {})
        requests[request.id] = requests.get(request.id, 0) + 1


def workload(recording: Recording) -> list[Statement]:
    """What was looked for in the recording's deep requests, once for each statement."""
    found: dict[tuple[str, int], _Runs] = {}
    for request, queries in _looking(recording):
        address = _address(request)
        for query in queries:
            key = (query.alias, query.statement_id)
            found.setdefault(key, _Runs(query.alias)).add(request, address, query)
    statements = (_statement(number, runs) for (_, number), runs in found.items())
    return sorted(statements, key=lambda statement: -statement.total_ns)[:MOST]


def has_statements(recording: Path) -> bool:
    """Whether a recording has statements that can be run again: deep, with all their values."""
    with Recording.open(recording) as opened:
        return any(queries for _, queries in _looking(opened))


def _looking(recording: Recording) -> Iterator[tuple[Request, list[Query]]]:
    """What was looked for, request by request."""
    for request in recording.requests():
        if request.depth == "deep" and not request.by_test:
            yield request, [query for query in recording.queries(request) if _looks(query)]


def _looks(query: Query) -> bool:
    """Whether it looks for rows, locks none, and was recorded with all its values."""
    return query.sql is not None and not isinstance(query.params, str) and _only_looks(query.sql)


@lru_cache(maxsize=4096)
def _only_looks(sql: str) -> bool:
    return bool(_LOOKS.match(sql)) and not _LOCKS.search(sql)


def _statement(number: int, runs: _Runs) -> Statement:
    assert runs.slowest is not None  # there is no runs without a run
    ordered = sorted(runs.samples, key=lambda key: -runs.samples[key])
    chosen = _spread(len(ordered))
    return Statement(
        number=number,
        alias=runs.alias,
        samples=tuple(Sample(ordered[at][0], json.loads(ordered[at][1])) for at in chosen),
        runs=runs.runs,
        total_ns=runs.total_ns,
        by_label={label: max(counts.values()) for label, counts in runs.labels.items()},
        slowest=runs.slowest,
        settled=_settled(runs),
    )


def _address(request: Request) -> str | None:
    """What a request says in its address; None where it brought more than that."""
    return unquote_plus(request.target) if request.method in ("GET", "HEAD") else None


def _brought(address: str | None, params: Any) -> Iterable[Any]:
    """Parameters that stand in a request's address; all of them where it brought more than that."""
    values = params if isinstance(params, list) else ()
    return (
        value
        for value in values
        if isinstance(value, (str, int)) and (address is None or str(value) in address)
    )


def _settled(runs: _Runs) -> dict[int, Any]:
    """Of a statement whose text was always the same."""
    found = [(sql, json.loads(params)) for sql, params in runs.samples]
    if len({sql for sql, _ in found}) > 1 or not all(isinstance(p, list) for _, p in found):
        return {}
    columns = enumerate(zip(*(params for _, params in found), strict=False))
    return {
        number: values[0]
        for number, values in columns
        if isinstance(values[0], (str, int))
        and values[0] not in runs.brought
        and all(value == values[0] for value in values)
    }


def _spread(count: int) -> Iterable[int]:
    return sorted({0, count // 2, count - 1} & set(range(count)))[:SAMPLES]
