"""What the functions that ran read off anything, in branches that were not taken as well."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from hotclub.doctor._seen import Seen
from hotclub.doctor._sources import FUNCTIONS, Chain
from hotclub.doctor.finding import Place


class Named:
    """Attributes that functions read, each function looked at once."""

    def __init__(self) -> None:
        self._by_place: dict[Place, frozenset[str]] = {}

    def reads(self, seen: Seen, name: str) -> bool:
        """Whether a function that was running when the request loaded something reads an
        attribute of this name."""
        return any(name in self._names(seen, place) for place in _places(seen))

    def _names(self, seen: Seen, place: Place) -> frozenset[str]:
        if place not in self._by_place:
            self._by_place[place] = _attributes(seen.stacks.sources.at(place))
        return self._by_place[place]


def _places(seen: Seen) -> Iterator[Place]:
    numbers = {query.span.stack_id for query in seen.queries}
    numbers |= {batch.trigger_stack for batch in seen.batches}
    numbers |= {batch.created_stack for batch in seen.batches}
    yield from {place: None for number in numbers for place in seen.stack(number)}


def _attributes(chain: Chain) -> frozenset[str]:
    function = next((node for node in chain if isinstance(node, FUNCTIONS)), None)
    if function is None:
        return frozenset()
    return frozenset(
        node.attr
        for node in ast.walk(function)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)
    )
