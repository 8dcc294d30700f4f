"""What is known of a fix holds in the company that it was found in: that of all the fixes that
touch a page of its. When others go, it need not be asked again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Generic, TypeVar

from hotclub.fix.model import Fix

Known = TypeVar("Known")
Company = frozenset[int]


def companies(kept: Sequence[Fix], touched: Mapping[int, Iterable[int]]) -> dict[int, Company]:
    """By the position of a fix in ``kept``, the identities of all that touch a page of its, itself
    included."""
    meeting: dict[int, set[int]] = {}
    for number, pages in touched.items():
        for page in pages:
            meeting.setdefault(page, set()).add(id(kept[number]))
    return {
        number: frozenset({id(kept[number])}.union(*(meeting[page] for page in pages)))
        for number, pages in touched.items()
    }


class Remembered(Generic[Known]):
    """What was found out of fixes, each in its company."""

    def __init__(self) -> None:
        self._found: dict[tuple[int, Company], Known] = {}

    def __contains__(self, asked: tuple[Fix, Company]) -> bool:
        fix, company = asked
        return (id(fix), company) in self._found

    def note(self, fix: Fix, company: Company, found: Known) -> None:
        self._found[id(fix), company] = found

    def of(self, fix: Fix, company: Company) -> Known:
        return self._found[id(fix), company]
