"""HC704: an index that nothing which was seen used."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from hotclub.doctor.indexes._existing import Existing, Spare

CODE = "HC704"
TITLE = "an index that no statement seen here uses"


def unused(
    indexes: Sequence[Existing], used: Collection[str], seen: Mapping[str, int]
) -> Iterator[Spare]:
    """Those that a model asks for and no plan names, of tables that statements have to do with.

    A foreign key's is left alone: whoever deletes the row that it points to looks for it there.
    """
    for index in indexes:
        asked_for = index.declared in ("Meta.indexes", "field")
        if index.is_plain and asked_for and index.name not in used and seen.get(index.table):
            yield Spare(CODE, index)
