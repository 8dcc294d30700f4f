"""What the doctor knows to look for: one module for each code.

A rule looks at one recorded request and yields what it sees; it never edits, measures or decides.
Some rules also *deny*: what one request shows at a place would be wrong, another one shows. Others
*watch*, and say in the end what all requests show together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hotclub.doctor._seen import Denial, Seen, Sighting
from hotclub.doctor.rules import (
    choices,
    connections,
    counted,
    deep_offset,
    defeated,
    deferred,
    duplicates,
    each_written,
    filtered,
    forward_key,
    generic,
    get_writes,
    length,
    looked_up,
    many_to_many,
    merged,
    one_value,
    outbound,
    page_count,
    permissions,
    race,
    reverse_key,
    sessions,
    single,
    summed,
    truth,
    twice,
    unbounded,
    unread,
    unused,
)
from hotclub.doctor.rules._across import Watcher

LOOPS = (forward_key, reverse_key, many_to_many, generic, counted, defeated, deferred)
PAGES = (unbounded, choices, page_count, deep_offset)
USES = (length, summed, truth, twice, unread, one_value, filtered, merged, race, each_written)
AROUND = (connections, get_writes, sessions, outbound)
TESTED = (*LOOPS, looked_up, permissions, duplicates, *USES, *PAGES)
"""What a test's request shows as well as any other: what the code does with its rows."""
RULES = (*TESTED, *AROUND)
DENYING = (length, truth, twice, unread)
WATCHING: tuple[type[Watcher], ...] = (unused.Watcher, single.Watcher)
TABLES: dict[str, int] = {rule.CODE: rule.TABLE for rule in PAGES}
"""Rows that a table must have, for what some rules say of it to matter."""
TIMED = (page_count.CODE,)
"""What goes by the clock, and by few milliseconds."""
ASKED = (length.CODE, truth.CODE)
"""Asked of rows that are not looked at: what one request says against an edit holds for all."""

__all__ = ["ASKED", "LOOPS", "RULES", "TABLES", "TIMED", "look", "look_at"]


def look(seen: Seen) -> Iterator[Sighting]:
    """Everything that any rule sees in this request alone."""
    for rule in TESTED if seen.request.by_test else RULES:
        yield from rule.look(seen)


def look_at(requests: Iterable[Seen]) -> list[Sighting]:
    """What the rules see in these requests and none of them denies."""
    found: list[Sighting] = []
    denied: set[Denial] = set()
    watchers = [watcher() for watcher in WATCHING]
    for seen in requests:
        found += look(seen)
        for rule in DENYING:
            denied.update(rule.deny(seen))
        for watcher in watchers:
            watcher.add(seen)
    for watcher in watchers:
        found += watcher.sightings()
    return _repeated(one for one in found if not _denials(one) & denied)


def _repeated(sightings: Iterable[Sighting]) -> list[Sighting]:
    """Without those that have to be seen in two requests of one visitor for one page, and were
    not."""
    found = list(sightings)
    seen: dict[tuple[object, ...], dict[int, tuple[str | None, str]]] = {}
    for one in found:
        if one.code == get_writes.CODE:
            page = one.request.user, one.request.path
            seen.setdefault(one.key, {})[one.request.id] = page
    once = {key for key, pages in seen.items() if len(pages) == len(set(pages.values()))}
    return [one for one in found if one.key not in once]


def _denials(sighting: Sighting) -> set[Denial]:
    """What would deny a sighting: its place, or what it says of its column there."""
    lookup = "__".join(step.relation for step in sighting.path)
    return {Denial(sighting.code, sighting.at, column) for column in ("", lookup)}
