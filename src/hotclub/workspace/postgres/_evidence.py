"""Evidence that an original was not written to: what it holds, before and after.

Up to 64 MiB each row counts, by a hash that does not depend on their order; up to 1 GiB the
number of rows; beyond, the server's own counters of rows inserted, updated and deleted.
Sequences and columns always. Somebody else who writes meanwhile is seen as well.
"""

from __future__ import annotations

from hotclub.workspace._difference import State
from hotclub.workspace.postgres._client import read
from hotclub.workspace.postgres._original import Original

HASH_LIMIT = 64 << 20
COUNT_LIMIT = 1 << 30
_READABLE = """
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
AND has_schema_privilege(n.oid, 'USAGE')
"""
_ROWS = f"""
SELECT format('SELECT %L, count(*) || '' rows'', %s FROM ONLY %I.%I t', 'table ' || n.nspname || '.'
  || c.relname, {{digest}}, n.nspname, c.relname) {_READABLE}
AND c.relkind = 'r' AND has_table_privilege(c.oid, 'SELECT') ORDER BY 1 \\gexec
"""
_COUNTERS = """
SELECT 'table ' || schemaname || '.' || relname, format('%s inserted, %s updated, %s deleted',
  n_tup_ins, n_tup_upd, n_tup_del), '' FROM pg_stat_user_tables ORDER BY 1;
"""
_SEQUENCES = """
SELECT 'sequence ' || schemaname || '.' || sequencename, coalesce(last_value, 0), ''
FROM pg_sequences ORDER BY 1;
"""
_COLUMNS = f"""
SELECT 'columns of ' || n.nspname || '.' || c.relname, count(*), md5(string_agg(
  concat_ws(' ', a.attname, a.atttypid, a.attnotnull, a.attisdropped), ',' ORDER BY a.attnum))
{_READABLE.replace("WHERE", "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 WHERE")}
GROUP BY 1 ORDER BY 1;
"""


def state(original: Original) -> State:
    """What the original holds now, by what it is called: number and digest."""
    sql = ["\\pset fieldsep '\\t'"]
    if original.size <= HASH_LIMIT:
        digest = "'sum(hashtextextended(t::text, 0)::numeric)'"
        sql.append(_ROWS.format(digest=digest))
    elif original.size <= COUNT_LIMIT:
        sql.append(_ROWS.format(digest="'NULL'"))
    else:
        sql.append(_COUNTERS)
    sql += [_SEQUENCES, _COLUMNS]
    found: State = {}
    for line in read(original.binaries, original.address.variables(), "\n".join(sql)):
        what, number, digest = line.rsplit("\t", 2)
        found[what] = (number, digest)
    return found
