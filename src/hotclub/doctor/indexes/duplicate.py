"""HC703: two indexes of the same keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hotclub.doctor.indexes._existing import Existing, Spare

CODE = "HC703"
TITLE = "an index that exists twice"


def duplicate(indexes: Sequence[Existing]) -> Iterator[Spare]:
    """Each that has a twin; of two that could go, the one that a model says in ``Meta`` goes, and
    of two of those the later one by name."""
    gone: set[str] = set()
    for index in sorted(indexes, key=_first_to_go):
        twins = [o for o in indexes if o is not index and o.name not in gone and index.same(o)]
        if index.is_plain and twins:
            gone.add(index.name)
            yield Spare(CODE, index, min(twins, key=lambda o: (not o.needed, o.name)))


def _first_to_go(index: Existing) -> tuple[bool, list[int]]:
    return index.declared != "Meta.indexes", [-ord(letter) for letter in index.name]
