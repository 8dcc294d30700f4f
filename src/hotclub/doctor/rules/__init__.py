"""What the doctor knows to look for: one module for each code.

A rule looks at one recorded request and yields what it sees; it never edits, measures or decides.
Some rules also *deny*: what one request shows at a place would be wrong, another one shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hotclub.doctor._seen import Denial, Seen, Sighting
from hotclub.doctor.rules import (
    counted,
    deep_offset,
    duplicates,
    forward_key,
    generic,
    length,
    many_to_many,
    one_value,
    page_count,
    reverse_key,
    summed,
    truth,
    twice,
    unbounded,
    unread,
)

LOOPS = (forward_key, reverse_key, many_to_many, generic, counted)
PAGES = (unbounded, page_count, deep_offset)
USES = (length, summed, truth, twice, unread, one_value)
RULES = (*LOOPS, duplicates, *USES, *PAGES)
DENYING = (length, truth, twice, unread)
TABLES = {rule.CODE: rule.TABLE for rule in PAGES}
"""Rows that a table must have, for what some rules say of it to matter."""

__all__ = ["LOOPS", "RULES", "TABLES", "look", "look_at"]


def look(seen: Seen) -> Iterator[Sighting]:
    """Everything that any rule sees in this request."""
    for rule in RULES:
        yield from rule.look(seen)


def look_at(requests: Iterable[Seen]) -> list[Sighting]:
    """What the rules see in these requests and none of them denies."""
    found: list[Sighting] = []
    denied: set[Denial] = set()
    for seen in requests:
        found += look(seen)
        for rule in DENYING:
            denied.update(rule.deny(seen))
    return [sighting for sighting in found if not _denials(sighting) & denied]


def _denials(sighting: Sighting) -> set[Denial]:
    """What would deny a sighting: its place, or what it says of its column there."""
    lookup = "__".join(step.relation for step in sighting.path)
    return {Denial(sighting.code, sighting.at, column) for column in ("", lookup)}
