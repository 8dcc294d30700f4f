"""Evidence that an original was not written to: what it holds, before and after.

Up to 64 MiB each row counts, by the server's own checksum of tables; up to 1 GiB the number of
rows; beyond, when each table was last written to. Columns always. Somebody else who writes
meanwhile is seen as well.
"""

from __future__ import annotations

from hotclub.workspace._difference import State
from hotclub.workspace.mysql._client import identifier, literal
from hotclub.workspace.mysql._original import Original

HASH_LIMIT = 64 << 20
COUNT_LIMIT = 1 << 30
_COLUMNS = """
SET SESSION group_concat_max_len = 1000000;
SELECT CONCAT('columns of ', TABLE_NAME), COUNT(*), MD5(GROUP_CONCAT(CONCAT_WS(' ', COLUMN_NAME,
  COLUMN_TYPE, IS_NULLABLE, COLUMN_DEFAULT) ORDER BY ORDINAL_POSITION))
FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() GROUP BY TABLE_NAME;
"""
_WRITTEN = """
SELECT CONCAT('table ', TABLE_NAME), CONCAT(COALESCE(AUTO_INCREMENT, '-'), ' next, written ',
  COALESCE(UPDATE_TIME, '-')), '' FROM information_schema.TABLES
WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE LIKE '%%TABLE%%';
"""


def state(original: Original) -> State:
    """What the original holds now, by what it is called: number and digest."""
    names = [table.name for table in original.tables if "BASE TABLE" in table.kind]
    large = original.size > COUNT_LIMIT
    sql = _COLUMNS + (_WRITTEN if large else "\n".join(map(_counted, names)))
    found: State = {}
    for line in original.client.read(sql):
        what, number, digest = line.rsplit("\t", 2)
        found[what] = (number, digest)
    if original.size <= HASH_LIMIT and names:
        tables = ", ".join(map(identifier, names))
        for line in original.client.read(f"CHECKSUM TABLE {tables};"):
            name, digest = line.rsplit("\t", 1)
            what = f"table {name.removeprefix(original.database + '.')}"
            found[what] = (found[what][0] if what in found else "", digest)
    return found


def _counted(name: str) -> str:
    what = literal(f"table {name}")
    return f"SELECT {what}, CONCAT(COUNT(*), ' rows'), '' FROM {identifier(name)};"
