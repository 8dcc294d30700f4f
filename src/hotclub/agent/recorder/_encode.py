"""From finished traces to rows. Done by the writer, away from the request."""

from __future__ import annotations

import hashlib
import json
import zlib
from itertools import count
from typing import Any

from hotclub.agent._fingerprint import fingerprint
from hotclub.agent.schema import content_id, event_id

from . import _headers, _redact
from ._batches import Batch
from ._config import Config
from ._facts import as_json
from ._noted import noted_rows
from ._places import Stack
from ._requests import Exchange
from ._resolve import Resolver
from ._spans import dotted
from ._state import QueryFacts, Span, Trace

PARAMS_MAX = 65536
STATEMENTS_MAX = 20_000
Rows = dict[str, list[tuple[Any, ...]]]


class Encoder:
    """Makes the rows of one process, numbering its events and interning the rest."""

    def __init__(self, config: Config, resolver: Resolver, process: int) -> None:
        self._config = config
        self._resolver = resolver
        self._process = process
        self._first = event_id(process, 0)
        self._requests = 0
        self._batches = 0
        self._spans = 0
        self._seen: set[int] = set()
        self._stacks: dict[Stack, int | None] = {}
        self._statements: dict[str, tuple[int, str]] = {}
        self._verbs: dict[str, str] = {}

    def forget(self) -> None:
        """Interned rows may not have arrived after all: send them again."""
        self._seen.clear()

    def encode(self, trace: Trace, rows: Rows) -> None:
        """Add the trace's rows to what is to be written."""
        self._requests += 1
        request = self._first | self._requests
        # Copies: a thread that the project left behind may still be adding to them.
        batches, spans = list(trace.batches), list(trace.spans)
        for number, batch in enumerate(batches, self._first + self._batches + 1):
            batch.number = number
        self._batches += len(batches)
        sums = _Sums(spans)
        if batches:
            nullable = _nullable_paths(batches)
            rows["batch"] += [
                self._batch(batch, request, nullable.get(batch, {}), sums, rows)
                for batch in batches
            ]
        self._all_spans(spans, trace, request, sums, rows)
        if trace.notes is not None:
            notes = noted_rows(trace, request, lambda stack: self._stack(stack, rows))
            rows["note"].extend(notes)
        self._request(trace, request, sums, rows)

    def _batch(
        self, batch: Batch, request: int, nullable: dict[str, bool], sums: _Sums, rows: Rows
    ) -> tuple[Any, ...]:
        relation = batch.relation
        seen = batch.seen
        facts = as_json(batch.model, seen, batch.plan, nullable) if seen is not None else None
        return (
            batch.number, request, batch.parent.number if batch.parent else None,
            relation.name if relation else None, relation.kind or None if relation else None,
            batch.via, batch.shape, batch.model._meta.label if batch.model else "",
            batch.size, batch.loads, len(batch.owners), sums.queries.get(batch, 0),
            sums.fetched.get(batch, 0),
            self._stack(batch.created, rows), self._stack(batch.trigger, rows), facts,
        )  # fmt: skip

    def _all_spans(
        self, spans: list[Span], trace: Trace, request: int, sums: _Sums, rows: Rows
    ) -> None:
        first = self._first + self._spans + 1
        self._spans += len(spans)
        numbers: dict[Span | None, int] = dict(zip(spans, count(first)))
        started = trace.started
        add = rows["span"].append
        for number, span in enumerate(spans, first):
            batch = span.batch
            query = span.query
            name = span.name
            inside = batch.number if batch is not None else None
            if query is not None:
                name = self._query(span, query, number, request, sums, rows)
            elif batch is not None and not name:
                label = batch.model._meta.label if batch.model else ""
                name = batch.relation.name if batch.relation else label
            stack = None if span.stack is None else self._stack(span.stack, rows)
            add((
                number, request, numbers.get(span.parent), span.kind, name,
                span.started - started, span.ns, span.count, stack, inside,
            ))  # fmt: skip

    def _query(
        self, span: Span, query: QueryFacts, number: int, request: int, sums: _Sums, rows: Rows
    ) -> str:
        """Add the row of a query; its verb, which is its span's name."""
        sql = span.name
        statement = self._statement(sql, rows)
        deep = self._config.deep
        rows["query"].append((
            number, request, statement, span.batch.number if span.batch is not None else None,
            query.alias, sums.rows(span, query), query.many, sql if deep else None,
            self._params(query) if deep else None,
        ))  # fmt: skip
        return self._verbs[sql]

    def _request(self, trace: Trace, number: int, sums: _Sums, rows: Rows) -> None:
        exchange = trace.exchange
        match = exchange.match
        hide = not self._config.own_crawl
        headers = _headers.as_json(_headers.request_headers(exchange.meta), hide)
        answer = _headers.as_json(_headers.response_headers(exchange), hide)
        path, query = exchange.path, exchange.meta.get("QUERY_STRING", "")
        if hide:
            arguments = match.kwargs if match is not None else {}
            path, query = _redact.path(path, arguments), _redact.query(query)
        digest, size = _digest(exchange)
        host = exchange.meta.get("HTTP_HOST") or exchange.meta.get("SERVER_NAME") or ""
        rows["request"].append((
            number, self._process, exchange.began, exchange.duration, exchange.method,
            exchange.scheme, host, path, query, match.route if match else None,
            (match.view_name or dotted(match.func)) if match else None, exchange.user,
            headers, self._request_body(exchange), exchange.status,
            answer, digest, size, sums.count, sums.ns, trace.error,
            self._config.depth, exchange.label,
        ))  # fmt: skip
        self._body(exchange, number, rows)

    def _request_body(self, exchange: Exchange) -> bytes | None:
        tee = exchange.tee
        if tee is None or not tee.kept or not tee.whole:
            return None
        content = bytes(tee.kept)
        if self._config.own_crawl:
            return content
        return _redact.body(content, exchange.meta.get("CONTENT_TYPE", ""))

    def _body(self, exchange: Exchange, number: int, rows: Rows) -> None:
        if not self._config.deep or exchange.status is None:
            return
        content = bytes(exchange.kept) if exchange.content is None else exchange.content
        cap = self._config.body_cap
        whole = exchange.size if exchange.content is None else len(content)
        content = content[:cap]
        if not self._config.own_crawl:
            kind = dict(_headers.response_headers(exchange)).get("Content-Type", "")
            content = _redact.body(content, kind)
        rows["body"].append((number, "zlib", zlib.compress(content, 1), int(whole > cap)))

    def _params(self, query: QueryFacts) -> str | None:
        if query.params is None:
            return None
        if isinstance(query.params, dict):
            values: Any = {str(key): _plain(value) for key, value in query.params.items()}
        else:
            values = [_plain(value) for value in query.params]
        text = json.dumps(values, default=repr)
        if not self._config.own_crawl:
            # Enough to tell whether two queries asked the same.
            return json.dumps("#" + hashlib.blake2b(text.encode(), digest_size=12).hexdigest())
        return text if len(text) <= PARAMS_MAX else json.dumps(f"{text[:PARAMS_MAX]}…")

    def _statement(self, sql: str, rows: Rows) -> int:
        known = self._statements.get(sql)
        if known is None:
            if len(self._statements) >= STATEMENTS_MAX:
                self._statements.clear()
                self._verbs.clear()
            text = fingerprint(sql)
            self._verbs[sql] = sql.lstrip()[:16].partition(" ")[0].upper()
            known = self._statements[sql] = (content_id("statement", text), text)
        if known[0] not in self._seen:
            self._seen.add(known[0])
            rows["statement"].append(known)
        return known[0]

    def _stack(self, stack: Stack | None, rows: Rows) -> int | None:
        if stack is None:
            return None
        number = self._stacks.get(stack, 0)
        if number == 0 or (number is not None and number not in self._seen):
            number = self._stacks[stack] = self._resolve(stack, rows)
        return number

    def _resolve(self, stack: Stack, rows: Rows) -> int | None:
        numbers: list[int] = []
        names: list[str] = []
        for place in self._resolver.places(stack):
            source = self._resolver.source(place.path)
            row = (source[0], place.qualname, *place[3:])
            number = content_id("place", place.kind, *row)
            if number not in self._seen:
                self._seen.add(number)
                rows["source"].append(source)
                rows["place"].append((number, place.kind, *row))
            numbers.append(number)
            names.append(f"{source[1]}:{place.line}")
        if not numbers:
            return None
        stack_number = content_id("stack", *numbers)
        if stack_number not in self._seen:
            self._seen.add(stack_number)
            rows["stack"].append((stack_number, " < ".join(names)))
            rows["stack_place"] += [(stack_number, depth, n) for depth, n in enumerate(numbers)]
        return stack_number


class _Sums:
    """What spans add up to: for the request, and for each batch."""

    def __init__(self, spans: list[Span]) -> None:
        self.count = self.ns = 0
        self.queries: dict[Batch, int] = {}
        self.fetched: dict[Batch, int] = {}
        self._spans: dict[Batch, int] = {}
        for span in spans:
            batch = span.batch
            if span.query is not None:
                self.count += span.count
                self.ns += span.ns
                if batch is not None:
                    self.queries[batch] = self.queries.get(batch, 0) + span.count
                    self._spans[batch] = self._spans.get(batch, 0) + 1
            elif batch is not None:
                self.fetched[batch] = self.fetched.get(batch, 0) + span.ns

    def rows(self, span: Span, query: QueryFacts) -> int | None:
        """The rows that a query brought; for a batch's only query, what was made of them."""
        if query.rows >= 0:
            return query.rows
        batch = span.batch
        counted = batch is not None and batch.shape not in ("count", "exists", "aggregate")
        if batch is not None and counted and self._spans[batch] == 1:
            return batch.size
        return None


def _digest(exchange: Exchange) -> tuple[str | None, int | None]:
    if exchange.content is not None:
        return hashlib.sha256(exchange.content).hexdigest(), len(exchange.content)
    if exchange.digest is not None:
        return exchange.digest.hexdigest(), exchange.size
    return None, None


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, (str, int, float, bool)) else repr(value)


def _nullable_paths(batches: list[Batch]) -> dict[Batch, dict[str, bool]]:
    """For each batch that was seen: the paths below it that a join could take, their nullness."""
    found: dict[Batch, dict[str, bool]] = {}
    single = ("forward_key", "forward_one_to_one", "reverse_one_to_one")
    for batch in batches:
        path = ""
        nullable = False
        step: Batch | None = batch
        while step is not None and step.relation is not None and step.relation.kind in single:
            path = f"{step.relation.name}__{path}" if path else step.relation.name
            nullable = nullable or step.relation.nullable
            step = step.parent
            if step is not None and step.seen is not None:
                found.setdefault(step, {})[path] = nullable
    return found
