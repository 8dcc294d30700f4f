"""The recording file: one SQLite database, written by the agent, read by the driver.

``docs/recording.md`` says what each column means. Two rules keep several writing
processes out of each other's way:

* what is *interned* (sources, places, stacks, statements) has a number made from its own
  content (:func:`content_id`), so ``INSERT OR IGNORE`` is all that two processes need;
* what *happened* (requests, batches, spans) has its process's number in the upper bits
  (:func:`event_id`), so that no two processes can hand out the same one.
"""

from __future__ import annotations

import hashlib

APPLICATION_ID = 0x68636C62  # "hclb"
VERSION = 1
EVENT_BITS = 40
TEST_LABEL = "test|"
"""What the label of a request begins with that a test has made; the test's name follows."""

_TABLES = """
CREATE TABLE IF NOT EXISTS meta (
  key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS process (
  id INTEGER PRIMARY KEY, pid INTEGER NOT NULL, started REAL NOT NULL, ended REAL,
  requests INTEGER NOT NULL DEFAULT 0, dropped_requests INTEGER NOT NULL DEFAULT 0,
  dropped_events INTEGER NOT NULL DEFAULT 0, drop_reason TEXT);
CREATE TABLE IF NOT EXISTS source (
  id INTEGER PRIMARY KEY, path TEXT NOT NULL, in_project INTEGER NOT NULL, sha256 TEXT);
CREATE TABLE IF NOT EXISTS place (
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL, source_id INTEGER NOT NULL REFERENCES source,
  qualname TEXT NOT NULL, line INTEGER NOT NULL, column INTEGER, end_line INTEGER,
  end_column INTEGER, attribute TEXT);
CREATE TABLE IF NOT EXISTS stack (
  id INTEGER PRIMARY KEY, key TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS stack_place (
  stack_id INTEGER NOT NULL REFERENCES stack, depth INTEGER NOT NULL,
  place_id INTEGER NOT NULL REFERENCES place,
  PRIMARY KEY (stack_id, depth)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS statement (
  id INTEGER PRIMARY KEY, fingerprint TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS request (
  id INTEGER PRIMARY KEY, process_id INTEGER NOT NULL REFERENCES process,
  started REAL NOT NULL, duration_ns INTEGER NOT NULL, method TEXT NOT NULL,
  scheme TEXT NOT NULL, host TEXT NOT NULL, path TEXT NOT NULL, query TEXT NOT NULL,
  route TEXT, view TEXT, user TEXT, request_headers TEXT NOT NULL, request_body BLOB,
  status INTEGER, response_headers TEXT NOT NULL, body_digest TEXT, body_size INTEGER,
  query_count INTEGER NOT NULL, query_ns INTEGER NOT NULL, error TEXT,
  depth TEXT NOT NULL, label TEXT);
CREATE TABLE IF NOT EXISTS body (
  request_id INTEGER PRIMARY KEY REFERENCES request, encoding TEXT NOT NULL,
  content BLOB NOT NULL, truncated INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS batch (
  id INTEGER PRIMARY KEY, request_id INTEGER NOT NULL REFERENCES request,
  parent_id INTEGER REFERENCES batch, relation TEXT, relation_kind TEXT,
  via TEXT NOT NULL, shape TEXT NOT NULL, model TEXT NOT NULL, size INTEGER NOT NULL,
  loads INTEGER NOT NULL, members INTEGER NOT NULL, queries INTEGER NOT NULL,
  duration_ns INTEGER NOT NULL, created_stack INTEGER REFERENCES stack,
  trigger_stack INTEGER REFERENCES stack, queryset TEXT);
CREATE TABLE IF NOT EXISTS span (
  id INTEGER PRIMARY KEY, request_id INTEGER NOT NULL REFERENCES request,
  parent_id INTEGER, kind TEXT NOT NULL, name TEXT NOT NULL, started_ns INTEGER NOT NULL,
  duration_ns INTEGER NOT NULL, count INTEGER NOT NULL DEFAULT 1,
  stack_id INTEGER REFERENCES stack, batch_id INTEGER REFERENCES batch);
CREATE TABLE IF NOT EXISTS query (
  span_id INTEGER PRIMARY KEY REFERENCES span,
  request_id INTEGER NOT NULL REFERENCES request,
  statement_id INTEGER NOT NULL REFERENCES statement, batch_id INTEGER REFERENCES batch,
  alias TEXT NOT NULL, rows INTEGER, many INTEGER NOT NULL, sql TEXT, params TEXT);
CREATE TABLE IF NOT EXISTS note (
  request_id INTEGER NOT NULL REFERENCES request, batch_id INTEGER REFERENCES batch,
  kind TEXT NOT NULL, name TEXT NOT NULL, count INTEGER NOT NULL,
  stack_id INTEGER REFERENCES stack, facts TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS plan (
  statement_id INTEGER NOT NULL REFERENCES statement, alias TEXT NOT NULL, lines TEXT NOT NULL,
  PRIMARY KEY (statement_id, alias)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS note_request ON note (request_id);
CREATE INDEX IF NOT EXISTS request_label ON request (label);
CREATE INDEX IF NOT EXISTS batch_request ON batch (request_id);
CREATE INDEX IF NOT EXISTS span_request ON span (request_id);
CREATE INDEX IF NOT EXISTS query_request ON query (request_id);
"""

STATEMENTS = tuple(part.strip() for part in _TABLES.split(";") if part.strip())

TABLES = (
    "meta", "process", "source", "place", "stack", "stack_place", "statement", "request",
    "body", "batch", "span", "query",
)  # fmt: skip
INTERNED = ("source", "place", "stack", "stack_place", "statement")


def content_id(*parts: object) -> int:
    """A positive 63-bit number that only depends on *parts*, the same in every process."""
    text = "\x1f".join("" if part is None else str(part) for part in parts)
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return (int.from_bytes(digest, "big") >> 1) or 1


def event_id(process: int, number: int) -> int:
    """The number of the process's *number*-th event of a table."""
    return (process << EVENT_BITS) | number
