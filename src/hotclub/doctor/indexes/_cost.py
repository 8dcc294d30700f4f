"""What a statement costs, and how two costs are compared.

Two things are known of each run: its time, and its work, which the database counts and which is
the same in every run. An index is believed if both say so. Work alone does not know that a jump
to another page is dearer than the next row of this one; time alone is whatever else the machine
was doing. Where a database counts nothing, time has to be clear of noise in every single pair.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

MARGIN = 0.75
"""With an index a statement is so much of its work at most; of its time as well, where nothing
else is known."""
NOISE = 0.9
"""What takes more of its time than this is not quicker; slower is what takes more than 1 / this."""


@dataclass(frozen=True)
class Cost:
    """One measurement of a statement."""

    ns: float
    """Nanoseconds of one run."""
    work: float | None = None
    """Steps or rows; None where the database does not count any."""

    @property
    def weight(self) -> float:
        """What choices are weighed by: work where it is known."""
        return self.ns if self.work is None else self.work

    def is_no_more_than(self, work: float | None) -> bool:
        """Whether so much work is not enough less than this one's, whatever the clock says."""
        return None not in (work, self.work) and (work or 0.0) > MARGIN * (self.work or 0.0)

    def is_better_than(self, before: Cost) -> bool:
        """Whether it is worth a closer look: less work, and no more time."""
        if self.work is None or before.work is None:
            return self.ns <= MARGIN * before.ns
        return self.work <= MARGIN * before.work and self.ns <= before.ns

    def is_unclear_beside(self, before: Cost) -> bool:
        """Whether it is less work and yet took longer: a busy moment, or the truth."""
        if self.work is None or before.work is None:
            return False
        return self.work <= MARGIN * before.work and self.ns > before.ns


@dataclass(frozen=True)
class Compared:
    """A statement without and with an index: pairs of nanoseconds for one run, and the work."""

    pairs: tuple[tuple[float, float], ...]
    work_before: float | None = None
    work_after: float | None = None

    @property
    def before_ms(self) -> float:
        """Median without."""
        return median(before for before, _ in self.pairs) / 1e6

    @property
    def after_ms(self) -> float:
        """Median with."""
        return median(after for _, after in self.pairs) / 1e6

    @property
    def ratios(self) -> list[float]:
        """What is left of each pair's time."""
        return [after / max(before, 1.0) for before, after in self.pairs]

    @property
    def work_ratio(self) -> float | None:
        """What is left of the work."""
        if self.work_before is None or self.work_after is None:
            return None
        return self.work_after / max(self.work_before, 1.0)

    @property
    def better(self) -> bool:
        """Less work by the margin and less time in the median, and in the quickest runs, which
        is where a busy machine shows least; without work: in every pair."""
        if self.work_ratio is None:
            return median(self.ratios) <= MARGIN and max(self.ratios) <= NOISE
        return self.work_ratio <= MARGIN and max(median(self.ratios), self._quickest) <= NOISE

    @property
    def worse(self) -> bool:
        """More time in every pair; or more work, and more time in the median."""
        if min(self.ratios) >= 1 / NOISE:
            return True
        more = self.work_ratio is not None and self.work_ratio >= 1 / NOISE
        return more and min(median(self.ratios), self._quickest) >= 1 / NOISE

    @property
    def is_unclear(self) -> bool:
        """Whether work has changed by more than the margin and time does not say so."""
        if self.work_ratio is None:
            return False
        return (self.work_ratio <= MARGIN and not self.better) or (
            self.work_ratio >= 1 / MARGIN and not self.worse
        )

    @property
    def decided_by(self) -> str:
        """The evidence: ``work and time`` or ``time``."""
        return "time" if self.work_ratio is None else "work and time"

    @property
    def _quickest(self) -> float:
        before = min(before for before, _ in self.pairs)
        return min(after for _, after in self.pairs) / max(before, 1.0)
