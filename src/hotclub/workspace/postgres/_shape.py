"""A database's tables, and what names what, from the catalogue: for a sample of its rows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hotclub.workspace.postgres._client import read
from hotclub.workspace.postgres._original import Original
from hotclub.workspace.sampling import Link, Shape, Table

# A partition is a part of the table at the top. What extensions have brought is theirs to fill.
_TOPS = """
WITH RECURSIVE tops AS (
  SELECT c.oid, c.oid AS top FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e'
                  AND d.classid = 'pg_class'::regclass)
  UNION ALL
  SELECT c.oid, t.top FROM tops t JOIN pg_inherits i ON i.inhparent = t.oid
  JOIN pg_class c ON c.oid = i.inhrelid AND c.relispartition
), named AS (
  SELECT t.oid, t.top, c.relkind, format('%I.%I', n.nspname, c.relname) AS name
  FROM tops t JOIN pg_class c ON c.oid = t.oid JOIN pg_namespace n ON n.oid = c.relnamespace
)
"""
# Rows are counted by what the last ANALYZE saw in a page, in as many pages as there are now;
# without one by what the server has noted of writes.
_TABLES = f"""{_TOPS}
SELECT json_build_object('name', n.name, 'kind', n.relkind,
  'columns', (SELECT json_agg(quote_ident(a.attname) ORDER BY a.attnum) FROM pg_attribute a
              WHERE a.attrelid = n.oid AND a.attnum > 0 AND NOT a.attisdropped
              AND coalesce(to_jsonb(a) ->> 'attgenerated', '') = ''),
  'key', (SELECT json_agg(quote_ident(a.attname) ORDER BY array_position(k.conkey, a.attnum))
          FROM pg_constraint k JOIN pg_attribute a ON a.attrelid = k.conrelid
          AND a.attnum = ANY (k.conkey) WHERE k.conrelid = n.oid AND k.contype = 'p'),
  'key_type', (SELECT min(format_type(a.atttypid, a.atttypmod)) FROM pg_constraint k
               JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)
               WHERE k.conrelid = n.oid AND k.contype = 'p'),
  'parts', json_agg(p.name ORDER BY p.name) FILTER (WHERE p.relkind = 'r'),
  'partitioned', json_agg(p.name) FILTER (WHERE p.relkind = 'p'),
  'bytes', sum(pg_total_relation_size(c.oid)),
  'rows', sum(CASE WHEN c.reltuples > 0 AND c.relpages > 0
    THEN s.pages * c.reltuples / c.relpages
    ELSE coalesce(nullif(pg_stat_get_live_tuples(c.oid), 0), s.pages * 60) END)::bigint)
FROM named n JOIN named p ON p.top = n.oid JOIN pg_class c ON c.oid = p.oid
CROSS JOIN LATERAL (
  SELECT pg_relation_size(c.oid) / current_setting('block_size')::int AS pages) s
WHERE n.oid = n.top GROUP BY n.oid, n.name, n.relkind ORDER BY n.name;
"""
# Keys that periods are part of are left to the rows that they find.
_LINKS = f"""{_TOPS}
SELECT json_build_object('child', c.name, 'parent', p.name, 'child_table', ct.name,
  'parent_table', pt.name, 'enforced', k.convalidated, 'full', k.confmatchtype = 'f',
  'columns', l.columns, 'types', l.types, 'nullable', l.nullable,
  'parent_columns', l.parent_columns, 'parent_types', l.parent_types,
  'single', coalesce((
     SELECT bool_or(i.indisunique AND i.indnkeyatts = cardinality(k.conkey)) FROM pg_index i
     WHERE i.indrelid = k.conrelid AND i.indpred IS NULL AND i.indisvalid
     AND (i.indkey::int2[])[0:i.indnkeyatts - 1] <@ k.conkey), false),
  'indexed', coalesce((SELECT bool_or((i.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey)
     FROM pg_index i WHERE i.indrelid = k.conrelid AND i.indpred IS NULL AND i.indisvalid), false))
FROM pg_constraint k
JOIN named c ON c.oid = k.conrelid JOIN named ct ON ct.oid = c.top
JOIN named p ON p.oid = k.confrelid JOIN named pt ON pt.oid = p.top
JOIN LATERAL (
  SELECT json_agg(quote_ident(a.attname) ORDER BY u.n) AS columns,
    json_agg(format_type(a.atttypid, a.atttypmod) ORDER BY u.n) AS types,
    json_agg(quote_ident(a.attname) ORDER BY u.n) FILTER (WHERE NOT a.attnotnull
      AND coalesce(to_jsonb(a) ->> 'attgenerated', '') = '') AS nullable,
    json_agg(quote_ident(b.attname) ORDER BY u.n) AS parent_columns,
    json_agg(format_type(b.atttypid, b.atttypmod) ORDER BY u.n) AS parent_types
  FROM unnest(k.conkey, k.confkey) WITH ORDINALITY AS u (mine, theirs, n)
  JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.mine
  JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = u.theirs
) l ON true
WHERE k.contype = 'f' AND k.conparentid = 0
AND coalesce(to_jsonb(k) ->> 'conperiod', 'false') = 'false'
ORDER BY c.name, k.conname;
"""
_MORE = """
SELECT to_json(current_setting('search_path'));
SELECT to_json(count(*)) FROM pg_largeobject_metadata;
"""


@dataclass(frozen=True)
class Catalogue:
    """What the catalogue says: the shape, which relations are only partitions' names
    (``partitioned``), and what else a sample depends on."""

    shape: Shape
    partitioned: frozenset[str]
    key_types: Mapping[str, str]
    """Of the primary keys of tables, where they have one column."""
    search_path: str
    large_objects: int


def catalogue(original: Original) -> Catalogue:
    """Of the tables that the project's role may read.

    Raises:
        ServerError: it cannot be read.
    """
    environ = original.address.variables()
    found = [json.loads(line) for line in read(original.binaries, environ, _TABLES)]
    links = [json.loads(line) for line in read(original.binaries, environ, _LINKS)]
    path, large = map(json.loads, read(original.binaries, environ, _MORE))
    partitioned = frozenset(name for one in found for name in one["partitioned"] or [])
    shape = Shape(tuple(map(_table, found)), tuple(map(_link, links)))
    key_types = {one["name"]: one["key_type"] for one in found if len(one["key"] or []) == 1}
    return Catalogue(shape, partitioned, key_types, path, large)


def _table(facts: Mapping[str, Any]) -> Table:
    return Table(
        facts["name"],
        tuple(facts["columns"] or ()),
        tuple(facts["key"] or ()),
        int(facts["rows"] or 0),
        int(facts["bytes"] or 0),
        tuple(facts["parts"] or ()),
    )


def _link(facts: Mapping[str, Any]) -> Link:
    columns, nullable = tuple(facts["columns"]), tuple(facts["nullable"] or ())
    if facts["full"] and nullable != columns:  # one of them NULL alone is not allowed then
        nullable = ()
    return Link(
        child=facts["child"],
        columns=columns,
        parent=facts["parent"],
        parent_columns=tuple(facts["parent_columns"]),
        child_table=facts["child_table"],
        parent_table=facts["parent_table"],
        single=facts["single"],
        indexed=facts["indexed"],
        nullable=nullable,
        enforced=facts["enforced"],
        types=tuple(facts["types"]),
        parent_types=tuple(facts["parent_types"]),
    )
