"""Does each index earn its place? Pages with it and without it, the other fixes being there.

An index saves no query, so it is judged on pages that run the statements it was made for: by the
work that the page's statements are to the database, which is counted and the same in every run,
and by time. Work alone does not say that anybody waits less; time alone is also what else the
machine was doing. So the work must have become less, and then time need only agree. Where work
cannot be counted, time has to be clear of noise by itself.

Both sides have all the other fixes: what those save neither hides what an index does nor passes
for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import monotonic

from hotclub.fix.model import Fix
from hotclub.proof._replay import Run
from hotclub.proof._timing import timing
from hotclub.proof._trial import Trials
from hotclub.proof.model import TOLERANCE, Judged, Rejection, Request, Timing
from hotclub.recording import is_safe

PAGES = 3
PAIRS = (10, 60)
"""A page is judged by so many pairs at least and at most."""
CONFIDENCE = 0.99
"""More than elsewhere, since the pairs are looked at several times, on several pages."""
SECONDS_PER_PAGE = 4.0
SLOW = 4
"""A page too slow for the fewest pairs in that time has so many times as much."""
SECONDS = 180.0


class Indexes:
    """Judges indexes, each once: what made a page quicker in one company is not asked again."""

    def __init__(self, trials: Trials) -> None:
        self._judged: list[Judged] = []
        self._trials = trials
        self._quicker: dict[int, int] = {}
        self._until = 0.0

    @property
    def quicker(self) -> set[int]:
        """Positions of the requests that the indexes judged so far made quicker."""
        return set(self._quicker.values())

    def of(self, kept: Sequence[Fix]) -> tuple[Judged, ...]:
        """Those of these that made a page quicker, with the numbers."""
        return tuple(one for one in self._judged if any(one.fix is fix for fix in kept))

    def losers(self, kept: Sequence[Fix], touched: Mapping[int, Sequence[int]]) -> list[Rejection]:
        """The indexes among the kept fixes that make none of their pages quicker.

        ``touched`` gives for the position of each fix in ``kept`` those of the proved requests
        that it touches; indexes without one are not judged here.
        """
        found: list[Rejection] = []
        numbers = [
            number
            for number, fix in enumerate(kept)
            if fix.is_index and touched[number] and id(fix) not in self._quicker
        ]
        without = [[other for other in kept if other is not kept[number]] for number in numbers]
        self._trials.prepare([kept, *without] if numbers else ())
        self._until = self._until or monotonic() + SECONDS
        for done, number in enumerate(numbers):
            self._trials.progress("timing with and without each index", done, len(numbers))
            if monotonic() > self._until:
                reason = f"not judged: measuring indexes took longer than {SECONDS:g} seconds"
                found.append(Rejection(kept[number], reason))
                continue
            page, told = self._judge(kept, number, touched[number])
            if page is None:
                found.append(Rejection(kept[number], f"no page became quicker: {'; '.join(told)}"))
            else:
                self._quicker[id(kept[number])] = page
                self._judged.append(Judged(kept[number], told[-1]))
        return found

    def _judge(
        self, kept: Sequence[Fix], number: int, indexes: Sequence[int]
    ) -> tuple[int | None, list[str]]:
        """The first page that an index makes quicker, if any, and what was measured."""
        fix = kept[number]
        order = {label: at for at, label in enumerate(fix.findings[0].evidence.requests)}
        requests = self._trials.requests
        asking = [index for index in indexes if is_safe(requests[index].method)]
        if not asking:
            return None, ["only requests that write run its statements, and those are not timed"]
        costliest = sorted(asking, key=lambda index: order[requests[index].label])[:PAGES]
        pages = sorted(costliest, key=lambda index: self._milliseconds(kept, index))
        others = [other for other in kept if other is not fix]
        told = []
        with (
            self._trials.under(others, "without", timed=True, written=True) as without,
            self._trials.under(kept, "with", timed=True, written=True) as company,
        ):
            for index in pages:
                found = _compare(without, company, requests[index])
                told.append(f"{requests[index].label} {found}")
                if found.quicker:
                    return index, told
        return None, told

    def _milliseconds(self, kept: Sequence[Fix], index: int) -> float:
        """Quick pages show in less time what an index does, and it is more of their time."""
        return self._trials.outcome(kept).new[index].milliseconds


@dataclass(frozen=True)
class _Page:
    """One page without and with an index: its work, and its time where that was looked at."""

    before: int | None
    after: int | None
    timing: Timing | None

    @property
    def lighter(self) -> bool | None:
        """Whether its statements are less work; None where that could not be counted."""
        if self.before is None or self.after is None:
            return None
        return self.after * TOLERANCE < self.before

    @property
    def quicker(self) -> bool:
        """Less work, and not more time; without work, less time beyond noise."""
        if self.timing is None or self.lighter is False:
            return False
        return self.timing.ratio < 1 if self.lighter else _is_quicker(self.timing)

    def __str__(self) -> str:
        parts = []
        if self.lighter is not None:
            parts.append(f"work {self.before:,} → {self.after:,}")
        if self.timing is not None:
            parts.append(_numbers(self.timing))
        decided = "work" if self.timing is None else "work and time"
        if self.lighter is None:
            decided = "time" if self.timing else ""
        end = f"; decided by {decided}" if decided else "failed"
        return ", ".join(parts) + end


def _compare(without: Run, company: Run, request: Request) -> _Page:
    """Counted first: where there is no less work, nobody needs to look at the clock."""
    with ThreadPoolExecutor(2) as pool:  # the first starts the process and fills its caches
        first = pool.map(lambda run: run.ask(request), (without, company))
        if any(answer.error for answer in first):
            return _Page(None, None, None)
    page = _Page(without.work(request), company.work(request), None)
    if page.lighter is False:
        return page
    return _Page(page.before, page.after, _time(without, company, request, bool(page.lighter)))


def _time(without: Run, company: Run, request: Request, lighter: bool) -> Timing | None:
    """Pairs in turn until they tell or the time is over."""
    pairs: list[tuple[float, float]] = []
    began = monotonic()
    for turn in range(PAIRS[1]):
        if turn % 2:
            after, before = company.ask(request), without.ask(request)
        else:
            before, after = without.ask(request), company.ask(request)
        if before.error or after.error:
            return None
        pairs.append((before.milliseconds, after.milliseconds))
        if len(pairs) % PAIRS[0] == 0:
            found = timing(pairs, CONFIDENCE)
            clear = found.ratio * TOLERANCE < 1 if lighter else _is_quicker(found)
            if clear or found.low > 1:
                break
        allowed = SECONDS_PER_PAGE * (1 if len(pairs) >= PAIRS[0] else SLOW)
        if monotonic() - began > allowed:
            break
    return timing(pairs, CONFIDENCE)


def _is_quicker(found: Timing) -> bool:
    """Beyond noise, and by more than two runs of one tree drift apart."""
    return found.faster and found.ratio * TOLERANCE < 1


def _numbers(found: Timing) -> str:
    return (
        f"{found.before:.1f} → {found.after:.1f} ms with the index "
        f"(×{found.ratio:.2f}, 99 % {found.low:.2f}–{found.high:.2f})"
    )
