"""Statements on the copy that is given indexes: what each takes with those that are there.

How long a statement takes is told by work where a database counts it: the part that is left of its
work, times what it took without any index. So the same crawl leads to the same choice on a busy
machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from hotclub.doctor.indexes._candidates import Candidate
from hotclub.doctor.indexes._cost import Cost
from hotclub.doctor.indexes._pair import Pair
from hotclub.doctor.indexes._workload import Statement

SAVED_MS = 1.0
"""An index saves so much in one request at least."""
NEAR = 0.99
"""What saves so much of what another saves is as quick, if no request takes ``SAVED_MS`` longer."""
AGAIN = 2
"""So often a statement is timed again whose time does not say what its work says."""


@dataclass
class Trial:
    """The pair of copies, with what is known of one database's statements."""

    pair: Pair
    alias: str
    statements: Mapping[int, Statement]
    base: dict[int, Cost] = field(default_factory=dict)
    """What each statement costs without any index of ours; those that matter."""
    sizes: dict[Candidate, int] = field(default_factory=dict)
    """Bytes of those that were made."""

    def look(self, numbers: Iterable[int]) -> None:
        """Notes what these statements cost, of those that take enough in some request."""
        for number in sorted(numbers):
            statement = self.statements[number]
            cost = self.pair.once(self.pair.plain, statement)
            if cost and cost.ns * max(statement.by_label.values()) >= SAVED_MS * 1e6:
                self.base[number] = cost

    def runs(self, number: int) -> int:
        """How often the crawl ran a statement."""
        return self.statements[number].runs

    def build(self, candidate: Candidate, name: str) -> int:
        """Make an index; its bytes."""
        self.sizes[candidate] = self.pair.build(self.alias, candidate, name)
        return self.sizes[candidate]

    def drop(self, name: str) -> None:
        """Take it away."""
        self.pair.drop(self.alias, name)

    def users(self, numbers: Sequence[int], names: Sequence[str]) -> dict[str, list[int]]:
        """The statements whose plan names each of these indexes."""
        plans = self.pair.plans(self.alias, [self.statements[n] for n in numbers])
        used: dict[str, list[int]] = {name: [] for name in names}
        for number, plan in zip(numbers, plans, strict=True):
            for name in used:
                if name in plan.get("indexes", ()):
                    used[name].append(number)
        return used

    def left(self, number: int) -> float | None:
        """Nanoseconds that a statement takes with the indexes that are there: those that it took
        without, as far as its work is left."""
        base = self.base[number]
        cost = self.pair.once(self.pair.indexed, self.statements[number], base)
        for _ in range(AGAIN):
            if cost is None or not cost.is_unclear_beside(base):
                break
            cost = self.pair.once(self.pair.indexed, self.statements[number])
        if cost is None:
            return None
        left = cost.weight / max(base.weight, 1.0)
        return base.ns * (left if cost.is_better_than(base) else max(left, 1.0))

    def with_index(self, numbers: Iterable[int], name: str) -> dict[int, float]:
        """Nanoseconds of those of these statements that use an index that is there."""
        left = {n: self.left(n) for n in self.users(sorted(numbers), [name])[name]}
        return {number: ns for number, ns in left.items() if ns is not None}

    def is_as_quick(self, before: Mapping[int, float], after: Mapping[int, float]) -> bool:
        """Whether statements keep nearly all of what they were saved, and no request would take
        noticeably longer: both by statement, in nanoseconds."""
        saved = sum((self.base[n].ns - ns) * self.runs(n) for n, ns in before.items())
        kept = sum((self.base[n].ns - after[n]) * self.runs(n) for n in before)
        lost: dict[str, float] = {}
        for number, ns in before.items():
            for label, runs in self.statements[number].by_label.items():
                lost[label] = lost.get(label, 0.0) + (after[number] - ns) * runs
        return kept >= NEAR * saved and max(lost.values(), default=0.0) < SAVED_MS * 1e6

    def total(self, left: Mapping[int, float]) -> float:
        """Nanoseconds of the crawl."""
        return sum(ns * self.runs(number) for number, ns in left.items())
