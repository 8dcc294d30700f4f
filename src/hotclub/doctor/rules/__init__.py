"""What the doctor knows to look for: one module for each code.

A rule looks at one recorded request and yields what it sees; it never edits, measures or decides.
"""

from __future__ import annotations

from collections.abc import Iterator

from hotclub.doctor._seen import Seen, Sighting
from hotclub.doctor.rules import (
    counted,
    duplicates,
    forward_key,
    generic,
    many_to_many,
    reverse_key,
)

LOOPS = (forward_key, reverse_key, many_to_many, generic, counted)
RULES = (*LOOPS, duplicates)

__all__ = ["LOOPS", "RULES", "look"]


def look(seen: Seen) -> Iterator[Sighting]:
    """Everything that any rule sees in this request."""
    for rule in RULES:
        yield from rule.look(seen)
