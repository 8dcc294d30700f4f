"""HC108: a relation of a single object, loaded with a query of its own on every request.

No N+1: there is one object. But where every request for it goes on to the same relation, a join
brings both in one query, and one round trip is saved each time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from hotclub.doctor._seen import Seen, Sighting, label_of
from hotclub.doctor._whose import is_own_user
from hotclub.doctor.finding import SINGLE_VALUED, Place, Step
from hotclub.doctor.rules._across import is_whole
from hotclub.doctor.rules._expression import expression
from hotclub.doctor.rules._loops import sighting
from hotclub.recording import Batch

CODE = "HC108"
TITLE = "a relation of a single object, fetched on every request"
FEWEST = 2
"""Different URLs, below which nothing is every time."""

Path = tuple[Step, ...]


@dataclass
class _Made:
    """What one expression made, in all requests."""

    single: bool = True
    targets: set[str] = field(default_factory=set)
    labels: set[str] = field(default_factory=set)
    loads: dict[Path, dict[str, Sighting]] = field(default_factory=dict)


class Watcher:
    """Of all requests, the expressions that made one object, and what was loaded from it."""

    def __init__(self) -> None:
        self._made: dict[Place, _Made] = {}

    def add(self, seen: Seen) -> None:
        """Take note of one request."""
        if not is_whole(seen):
            return
        here: set[Place] = set()
        for batch in seen.batches:
            found = expression(seen, batch) if batch.parent is None else None
            if not found or _is_visitor(seen, batch):
                continue
            made = self._made.setdefault(found.places[0], _Made())
            made.single &= batch.size == 1 and batch.loads == 1 and found.places[0] not in here
            here.add(found.places[0])
            if seen.request.by_test:  # tests often have one object where there are many
                continue
            made.targets.add(seen.request.target)
            made.labels.add(label_of(seen.request))
            for below in _followed(batch):
                each = sighting(seen, below, CODE, TITLE)
                advice = f"select_related({'__'.join(s.relation for s in each.path)!r})"
                told = replace(each, advice=f"add {advice}: one query instead of two")
                made.loads.setdefault(each.path, {})[label_of(seen.request)] = told

    def sightings(self) -> Iterator[Sighting]:
        """Those that no request did without."""
        for made in self._made.values():
            if made.single and len(made.targets) >= FEWEST:
                for by_label in made.loads.values():
                    if len(by_label) == len(made.labels):
                        yield from by_label.values()


def _is_visitor(seen: Seen, batch: Batch) -> bool:
    """Whether it is `request.user`, who is loaded by the backend of whoever looks first."""
    model = seen.stacks.user_model
    asked = seen.queries_of.get(batch.id, ())
    return any(is_own_user(query, seen.request, seen.by_number, model) for query in asked)


def _followed(batch: Batch) -> Iterator[Batch]:
    """The single-valued relations that were loaded from this one object, and from those."""
    for below in batch.children:
        if below.relation_kind not in SINGLE_VALUED or below.shape != "all" or below.members > 1:
            continue
        if below.via == "lazy" and below.queries:
            yield below
        if below.via in ("lazy", "select_related"):
            yield from _followed(below)
