"""An index that was picked, made as small as it can be.

What serves the same statements as quickly and is clearly smaller takes its place: fewer columns,
fewer rows, or a summary of ranges of pages. What has more columns takes it only where it leaves
much less work.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hotclub.doctor.indexes._candidates import Candidate, Table
from hotclub.doctor.indexes._cost import MARGIN
from hotclub.doctor.indexes._trial import Trial
from hotclub.doctor.indexes._variants import covering, partial, shorter, summaries

MOST_WIDER = 3
"""An index with more columns beside its keys is so many times as large at most."""


@dataclass
class Refining:
    """One index, there under its name, and what could be in its place."""

    trial: Trial
    table: Table
    name: str
    served: Mapping[int, float]
    """Nanoseconds of the statements that use it as it was picked."""
    until: float
    """When to end trying, by the monotonic clock."""

    def refined(self, picked: Candidate) -> Candidate:
        """Makes the index, or what is better than it; which one that is."""
        kept = there = picked
        size = self.trial.build(picked, self.name)
        left = dict(self.served)
        for variant in self._smaller(picked):
            there = variant
            its, found = self._instead(variant)
            if its <= MARGIN * size and self.trial.is_as_quick(self.served, found):
                kept, size, left = variant, its, found
        for variant in self._wider(kept):
            there = variant
            its, found = self._instead(variant)
            quicker = self.trial.total(found) <= MARGIN * self.trial.total(left)
            if quicker and its <= MOST_WIDER * size:
                kept, size, left = variant, its, found
        if there != kept:
            self._rebuild(kept)
        return kept

    def _smaller(self, picked: Candidate) -> Iterator[Candidate]:
        pair, alias = self.trial.pair, self.trial.alias
        users = [self.trial.statements[number] for number in sorted(self.served)]
        found = list(shorter(picked, self.table, self.trial.sizes))
        found += partial(picked, users, self.table) if pair.varies(alias) else ()
        found += summaries(picked, self.table) if pair.summarizes(alias) else ()
        yield from itertools.takewhile(self._has_time, found)

    def _wider(self, kept: Candidate) -> Iterator[Candidate]:
        users = [self.trial.statements[number] for number in sorted(self.served)]
        if self.trial.pair.covers(self.trial.alias) and not kept.pages:
            yield from filter(self._has_time, covering(kept, users, self.table))

    def _has_time(self, _: Candidate) -> bool:
        return time.monotonic() <= self.until

    def _instead(self, variant: Candidate) -> tuple[int, dict[int, float]]:
        """The bytes of this index in place of the picked one, and the nanoseconds that statements
        take; of one that does not use it, those without any."""
        size = self._rebuild(variant)
        found = {number: self.trial.base[number].ns for number in self.served}
        found.update(self.trial.with_index(self.served, self.name))
        return size, found

    def _rebuild(self, candidate: Candidate) -> int:
        self.trial.drop(self.name)
        return self.trial.build(candidate, self.name)
