"""What was picked, measured once more: all together, in pairs, on both copies."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from hotclub.doctor.indexes._candidates import Candidate, Table
from hotclub.doctor.indexes._cost import Compared
from hotclub.doctor.indexes._pair import Writes
from hotclub.doctor.indexes._trial import SAVED_MS, Trial
from hotclub.doctor.indexes._workload import Statement

MOST_MEASURED = 25


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
class Verdict:
    """Says which of the indexes that are there are worth it."""

    trial: Trial
    tables: Mapping[str, Table]
    saved: Mapping[int, float]
    """Nanoseconds of the whole crawl that each statement takes less, roughly."""
    until: float
    """When to end measuring, by the monotonic clock."""
    tell: Callable[[str, int, int], None]
    cut: bool = False
    """Whether time was over before all was measured."""

    def kept(self, picked: Mapping[str, Candidate]) -> list[Chosen]:
        """What the numbers bear out; all of them are dropped."""
        statements = self.trial.statements
        used = self.trial.users(sorted(statements), list(picked))
        compared = self._compared({n for numbers in used.values() for n in numbers})
        for name in picked:
            self.trial.drop(name)
        found: list[Chosen] = []
        for name, candidate in picked.items():
            self.tell("weighing indexes", len(found), len(picked))
            shown = [(statements[n], compared[n]) for n in used[name] if n in compared]
            shown.sort(key=lambda one: -_saved(*one))
            if _is_worth_it(shown):
                found.append(self._chosen(candidate, name, shown))
        return sorted(found, key=lambda one: -sum(_saved(*pair) for pair in one.statements))

    def _chosen(
        self, candidate: Candidate, name: str, shown: Sequence[tuple[Statement, Compared]]
    ) -> Chosen:
        """Made once more, alone, for its size and for what it costs to write."""
        table, pair, alias = self.tables[candidate.table], self.trial.pair, self.trial.alias
        size = self.trial.build(candidate, name)
        try:
            writes = pair.writes(alias, table.name, table.pk, candidate.columns)
        finally:
            self.trial.drop(name)
        return Chosen(candidate, alias, size, writes, tuple(shown), table.rows)

    def _compared(self, numbers: set[int]) -> dict[int, Compared]:
        statements = self.trial.statements
        found = {}
        costly = sorted(numbers, key=lambda n: -self.saved.get(n, statements[n].total_ns / 4))
        costly = costly[:MOST_MEASURED]
        for done, number in enumerate(costly):
            self.tell("measuring statements again", done, len(costly))
            if time.monotonic() > self.until:
                self.cut = True
                break
            compared = self.trial.pair.compare(statements[number])
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
