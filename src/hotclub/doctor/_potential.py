"""What would be a loop if there were more rows: for tests, which have few.

A relation loaded for the only instance of a batch is no N+1, and says nothing of time. But it was
a batch: the same code over two rows loads it twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from hotclub.doctor import _merge
from hotclub.doctor._costs import Costs
from hotclub.doctor._seen import NO_FACTS, Seen, Sighting
from hotclub.doctor._stacks import Stacks
from hotclub.doctor.finding import Finding
from hotclub.doctor.rules import forward_key, generic, many_to_many, reverse_key
from hotclub.doctor.rules._loops import VALUES, members, sighting
from hotclub.recording import Batch, Recording

_RULES = (forward_key, reverse_key, many_to_many, generic)


def potential(path: Path, root: Path, known: Iterable[Finding] = ()) -> tuple[Finding, ...]:
    """Relations that tests loaded for batches of one, at expressions that may bring several; those
    left out that are ``known`` to be a loop."""
    with Recording.open(path) as recording:
        requests = [request for request in recording.requests() if request.by_test]
        stacks = Stacks.of(recording, root) if requests else Stacks((), root)
        found = [
            one
            for request in requests
            for one in _look(Seen(recording, request, stacks))
            if one.expression and one.expression[0].in_project
        ]
    sure = {(finding.place, finding.path) for finding in known}
    merged = _merge.merge(found, Costs(), {})
    return tuple(one for one in merged if (one.place, one.path) not in sure)


def _look(seen: Seen) -> Iterator[Sighting]:
    for batch in seen.batches:
        if not _is_single(batch):
            continue
        for rule in _RULES:
            if batch.relation_kind in rule.KINDS:
                yield sighting(seen, batch, rule.CODE, rule.TITLE)


def _is_single(batch: Batch) -> bool:
    parent = batch.parent
    if parent is None or batch.via != "lazy" or batch.shape in (*VALUES, "deferred", "filtered"):
        return False
    facts = parent.queryset or NO_FACTS
    asked_for_one = facts.get("get") or facts.get("sliced")
    return parent.size == 1 and members(batch) == 1 and parent.via == "query" and not asked_for_one
