"""Which indexes are worth having, the statements of a whole crawl taken together.

Every candidate is made on a copy and the statements that then use it are run. What saves most is
picked and stays, of those that save nearly as much the smallest; what is left for the same table is
tried again beside it, since with two indexes to choose from a database does not always take the
better one. What was picked is made as small as it can be, and goes again if the others do as well
without it. What saves most is counted, not timed. In the end everything is measured once more, in
pairs, and only what these numbers bear out is kept.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from hotclub.doctor.indexes._candidates import Candidate, Table
from hotclub.doctor.indexes._cost import MARGIN
from hotclub.doctor.indexes._needless import needed
from hotclub.doctor.indexes._pair import Pair
from hotclub.doctor.indexes._refine import Refining
from hotclub.doctor.indexes._trial import NEAR, Trial
from hotclub.doctor.indexes._verdict import Chosen, Verdict
from hotclub.doctor.indexes._workload import Statement

MOST_TRIED = 60
MOST_CHOSEN = 10

Tell = Callable[[str, int, int], None]
Tried = dict[Candidate, dict[int, float]]
"""Nanoseconds of the statements that use each candidate."""


@dataclass
class Choice:
    """Candidates of one database, and the statements that they may serve."""

    pair: Pair
    alias: str
    tables: Mapping[str, Table]
    served: Mapping[Candidate, set[int]]
    statements: Mapping[int, Statement]
    until: float
    """When to end trying, by the monotonic clock."""
    measured_until: float
    """When to end measuring what was picked, those first that save most."""
    tell: Tell
    cut: bool = False
    """Whether time was over before all of them were tried and measured."""
    trial: Trial = field(init=False)
    best: dict[int, float] = field(default_factory=dict)
    """Nanoseconds that each statement takes with what is picked."""

    def __post_init__(self) -> None:
        self.trial = Trial(self.pair, self.alias, self.statements)

    def choose(self) -> list[Chosen]:
        """The indexes to keep, what saves most first."""
        self.trial.look(set().union(*self.served.values()) if self.served else ())
        self.best = {number: cost.ns for number, cost in self.trial.base.items()}
        picked = self._without_beginnings(self._picked())
        kept = needed(self.trial, picked, self.best, self.until)
        base = self.trial.base
        saved = {n: (cost.ns - self.best[n]) * self.trial.runs(n) for n, cost in base.items()}
        verdict = Verdict(self.trial, self.tables, saved, self.measured_until, self.tell)
        found = verdict.kept(kept)
        self.cut = self.cut or verdict.cut
        return found

    def _picked(self) -> dict[str, Candidate]:
        """One after the other what saves most beside those before; each is there by its name."""
        tried: Tried = {}
        picked: dict[str, Candidate] = {}
        self._try(self._in_turn(), tried)
        while len(picked) < MOST_CHOSEN:
            candidate = self._best(tried)
            if candidate is None:
                break
            name = f"hotclub_candidate_{len(picked)}"
            table = self.tables[candidate.table]
            refining = Refining(self.trial, table, name, tried[candidate], self.until)
            picked[name] = refining.refined(candidate)
            self.best.update(self.trial.with_index(self.best, name))
            tried.pop(candidate)
            again = [c for c in tried if c.table == candidate.table and not c.begins(candidate)]
            for other in [c for c in tried if c.table == candidate.table]:
                tried.pop(other)
            self._try(again, tried)
        return picked

    def _in_turn(self) -> list[Candidate]:
        """Candidates, those first whose statements took most in the crawl."""

        def worth(candidate: Candidate) -> float:
            return sum(self.best.get(n, 0.0) * self.trial.runs(n) for n in self.served[candidate])

        worthy = [candidate for candidate in self.served if worth(candidate)]
        return sorted(worthy, key=lambda c: (-worth(c), len(c.keys), c.columns))[:MOST_TRIED]

    def _try(self, wanted: Sequence[Candidate], tried: Tried) -> None:
        for number, candidate in enumerate(wanted):
            if time.monotonic() > self.until:
                self.cut = True
                return
            self.tell("trying indexes", number, len(wanted))
            tried[candidate] = self._with(candidate)

    def _with(self, candidate: Candidate) -> dict[int, float]:
        """Nanoseconds of the statements that use this index beside those that are picked."""
        name = "hotclub_candidate"
        self.trial.build(candidate, name)
        try:
            return self.trial.with_index(self.served[candidate] & self.best.keys(), name)
        finally:
            self.trial.drop(name)

    def _best(self, tried: Tried) -> Candidate | None:
        """What saves most beside those that are picked; of nearly equal ones the smallest."""

        def saves(candidate: Candidate) -> float:
            gains = [(self.best[n] - ns, self.best[n], n) for n, ns in tried[candidate].items()]
            if not any(gain >= (1 - MARGIN) * of for gain, of, _ in gains):
                return 0.0
            return sum(gain * self.trial.runs(n) for gain, _, n in gains)

        left = [candidate for candidate in tried if saves(candidate) > 0]
        if not left:
            return None
        most = max(map(saves, left))
        near = [candidate for candidate in left if saves(candidate) >= NEAR * most]
        sizes = self.trial.sizes
        return min(near, key=lambda c: (sizes[c], len(c.keys), -saves(c), c.columns))

    def _without_beginnings(self, picked: Mapping[str, Candidate]) -> dict[str, Candidate]:
        """Without those that another one begins with; they are dropped."""
        kept = {
            name: candidate
            for name, candidate in picked.items()
            if not any(candidate.begins(o) and candidate is not o for o in picked.values())
        }
        for name in picked.keys() - kept.keys():
            self.trial.drop(name)
        return kept
