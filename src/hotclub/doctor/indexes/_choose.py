"""Which indexes are worth having, the statements of a whole crawl taken together.

Every candidate is made on a copy and the statements that then use it are run. What saves most is
picked and stays, and what is left for the same table is tried again beside it: with two indexes
to choose from a database does not always take the better one. What saves most is counted, not
timed: the part of its work that a statement is spared, times what it took without any index, so
that the same crawl leads to the same choice on a busy machine. In the end everything is measured
once more, in pairs, and only what these numbers bear out is kept.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from hotclub.doctor.indexes._candidates import Candidate, Table
from hotclub.doctor.indexes._cost import MARGIN, Compared, Cost
from hotclub.doctor.indexes._pair import Pair, Writes
from hotclub.doctor.indexes._variants import covering, partial
from hotclub.doctor.indexes._workload import Statement

SAVED_MS = 1.0
"""An index saves so much in one request at least."""
NEAR = 0.99
"""Of two that save nearly the same, so much of it at least, the one with fewer columns is taken."""
MOST_WIDER = 3
"""An index with more columns beside its keys is so many times as large at most."""
MOST_MEASURED = 25
MOST_TRIED = 60
MOST_CHOSEN = 10

Tell = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Chosen:
    """An index that was kept, and the numbers for it."""

    candidate: Candidate
    alias: str
    bytes: int
    writes: Writes
    statements: tuple[tuple[Statement, Compared], ...]
    """Those that use it, what saves most in the crawl first."""
    rows: int


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
    base: dict[int, Cost] = field(default_factory=dict)
    """What each statement costs without any of them."""
    saved: dict[int, float] = field(default_factory=dict)
    """Nanoseconds of the whole crawl that each statement takes less, roughly."""

    def choose(self) -> list[Chosen]:
        """The indexes to keep, what saves most first."""
        self.base = self._baseline()
        best = {number: cost.ns for number, cost in self.base.items()}
        left = self._in_turn(best)
        tried: dict[Candidate, dict[int, float]] = {}
        picked: dict[str, Candidate] = {}
        self._try(left, tried)
        while len(picked) < MOST_CHOSEN:
            candidate = self._best(tried, best)
            if candidate is None:
                break
            name = f"hotclub_candidate_{len(picked)}"
            picked[name] = self._refined(candidate, tried[candidate], name)
            self._update(best, picked[name], name)
            tried.pop(candidate)
            again = [c for c in tried if c.table == candidate.table and not c.begins(candidate)]
            for other in [c for c in tried if c.table == candidate.table]:
                tried.pop(other)
            self._try(again, tried)
        self.saved = {n: (cost.ns - best[n]) * self._runs(n) for n, cost in self.base.items()}
        return self._kept(picked)

    def _runs(self, number: int) -> int:
        return self.statements[number].runs

    def _baseline(self) -> dict[int, Cost]:
        """What the statements that candidates may serve cost without them; those that take
        enough in some request for an index to matter."""
        found = {}
        for number in sorted(set().union(*self.served.values()) if self.served else ()):
            statement = self.statements[number]
            cost = self.pair.once(self.pair.plain, statement)
            if cost and cost.ns * max(statement.by_label.values()) >= SAVED_MS * 1e6:
                found[number] = cost
        return found

    def _left(self, number: int) -> float | None:
        """Nanoseconds that a statement takes with the indexes that are there: those that it took
        without, as far as its work is left."""
        cost, base = self.pair.once(self.pair.indexed, self.statements[number]), self.base[number]
        if cost is None:
            return None
        left = cost.weight / max(base.weight, 1.0)
        return base.ns * (left if cost.is_better_than(base) else max(left, 1.0))

    def _in_turn(self, base: Mapping[int, float]) -> list[Candidate]:
        """Candidates, those first whose statements took most in the crawl."""

        def worth(candidate: Candidate) -> float:
            return sum(base.get(n, 0.0) * self._runs(n) for n in self.served[candidate])

        worthy = [candidate for candidate in self.served if worth(candidate)]
        return sorted(worthy, key=lambda c: (-worth(c), len(c.keys), c.columns))[:MOST_TRIED]

    def _try(self, wanted: Sequence[Candidate], tried: dict[Candidate, dict[int, float]]) -> None:
        for number, candidate in enumerate(wanted):
            if time.monotonic() > self.until:
                self.cut = True
                return
            self.tell("trying indexes", number, len(wanted))
            tried[candidate] = self._with(candidate)

    def _with(self, candidate: Candidate) -> dict[int, float]:
        """Nanoseconds of the statements that use this index beside those that are picked."""
        name = "hotclub_candidate"
        numbers = [n for n in sorted(self.served[candidate]) if n in self.base]
        self.pair.build(self.alias, candidate, name)
        try:
            left = {n: self._left(n) for n in self._users(numbers, [name])[name]}
            return {number: ns for number, ns in left.items() if ns is not None}
        finally:
            self.pair.drop(self.alias, name)

    def _refined(self, plain: Candidate, left: Mapping[int, float], name: str) -> Candidate:
        """Makes the index that was picked, or what is measured better than it: one of fewer rows
        that saves as much and is smaller, one with more columns that leaves much less work."""
        size = self.pair.build(self.alias, plain, name)
        kept = there = plain
        total = self._total(left)
        users = [self.statements[number] for number in sorted(left)]
        for variant in partial(plain, users) if self.pair.varies(self.alias) else ():
            there = variant
            found, its = self._instead(variant, left, name)
            if its <= MARGIN * size and found <= total / NEAR:
                kept, size, total = variant, its, found
        for variant in covering(kept, users, self.tables[plain.table]) if self._covers else ():
            there = variant
            found, its = self._instead(variant, left, name)
            if found <= MARGIN * total and its <= MOST_WIDER * size:
                kept, size, total = variant, its, found
        if there != kept:
            self._rebuild(kept, name)
        return kept

    @property
    def _covers(self) -> bool:
        return self.pair.covers(self.alias)

    def _rebuild(self, candidate: Candidate, name: str) -> int:
        self.pair.drop(self.alias, name)
        return self.pair.build(self.alias, candidate, name)

    def _instead(
        self, variant: Candidate, left: Mapping[int, float], name: str
    ) -> tuple[float, int]:
        """Nanoseconds of the crawl that are left with this index in place of the picked one, and
        its bytes; of a statement that does not use it, those without any."""
        size = self._rebuild(variant, name)
        used = self._users(sorted(left), [name])[name]
        found = {number: self.base[number].ns for number in left}
        for number in used:
            found[number] = self._left(number) or found[number]
        return self._total(found), size

    def _total(self, left: Mapping[int, float]) -> float:
        return sum(ns * self._runs(number) for number, ns in left.items())

    def _users(self, numbers: Sequence[int], names: Sequence[str]) -> dict[str, list[int]]:
        """The statements whose plan names each of these indexes."""
        plans = self.pair.plans(self.alias, [self.statements[n] for n in numbers])
        used: dict[str, list[int]] = {name: [] for name in names}
        for number, plan in zip(numbers, plans, strict=True):
            for name in used:
                if name in plan.get("indexes", ()):
                    used[name].append(number)
        return used

    def _best(
        self, tried: Mapping[Candidate, Mapping[int, float]], best: Mapping[int, float]
    ) -> Candidate | None:
        """What saves most beside those that are picked; of nearly equal ones the shortest."""

        def saves(candidate: Candidate) -> float:
            gains = [(best[n] - taken, best[n], n) for n, taken in tried[candidate].items()]
            if not any(gain >= (1 - MARGIN) * of for gain, of, _ in gains):
                return 0.0
            return sum(gain * self._runs(n) for gain, _, n in gains)

        left = [candidate for candidate in tried if saves(candidate) > 0]
        if not left:
            return None
        most = max(map(saves, left))
        near = [candidate for candidate in left if saves(candidate) >= NEAR * most]
        return min(near, key=lambda c: (len(c.keys), -saves(c), c.columns))

    def _update(self, best: dict[int, float], candidate: Candidate, name: str) -> None:
        """What statements take now that an index is there."""
        for number in self._users(sorted(best), [name])[name]:
            left = self._left(number)
            if left is not None:
                best[number] = left

    def _kept(self, picked: Mapping[str, Candidate]) -> list[Chosen]:
        """All measured together and in pairs; what these numbers do not bear out goes."""
        kept = {
            name: candidate
            for name, candidate in picked.items()
            if not any(candidate.begins(o) and candidate is not o for o in picked.values())
        }
        for name in picked.keys() - kept.keys():
            self.pair.drop(self.alias, name)
        used = self._users(sorted(self.statements), list(kept))
        compared = self._compared({n for numbers in used.values() for n in numbers})
        for name in kept:
            self.pair.drop(self.alias, name)
        found: list[Chosen] = []
        for name, candidate in kept.items():
            self.tell("weighing indexes", len(found), len(kept))
            shown = [(self.statements[n], compared[n]) for n in used[name] if n in compared]
            shown.sort(key=lambda one: -_saved(*one))
            if _is_worth_it(shown):
                found.append(self._chosen(candidate, name, shown))
        return sorted(found, key=lambda one: -sum(_saved(*pair) for pair in one.statements))

    def _chosen(
        self, candidate: Candidate, name: str, shown: Sequence[tuple[Statement, Compared]]
    ) -> Chosen:
        """Made once more, alone, for its size and for what it costs to write."""
        table = self.tables[candidate.table]
        size = self.pair.build(self.alias, candidate, name)
        try:
            writes = self.pair.writes(self.alias, table.name, table.pk, candidate.columns)
        finally:
            self.pair.drop(self.alias, name)
        return Chosen(candidate, self.alias, size, writes, tuple(shown), table.rows)

    def _compared(self, numbers: set[int]) -> dict[int, Compared]:
        found = {}
        costly = sorted(numbers, key=lambda n: -self.saved.get(n, self.statements[n].total_ns / 4))
        costly = costly[:MOST_MEASURED]
        for done, number in enumerate(costly):
            self.tell("measuring statements again", done, len(costly))
            if time.monotonic() > self.measured_until:
                self.cut = True
                break
            compared = self.pair.compare(self.statements[number])
            if compared is not None:
                found[number] = compared
        return found


def _saved(statement: Statement, compared: Compared) -> float:
    """Milliseconds of the whole crawl."""
    return (compared.before_ms - compared.after_ms) * statement.runs


def _is_worth_it(shown: Sequence[tuple[Statement, Compared]]) -> bool:
    """Whether a statement became quicker beyond noise, in a request by enough to matter, and all
    of them together did not become slower."""
    together = sum(_saved(*one) for one in shown if one[1].better or one[1].worse)
    matters = any(
        compared.better
        and (compared.before_ms - compared.after_ms) * max(statement.by_label.values()) >= SAVED_MS
        for statement, compared in shown
    )
    return matters and together > 0
