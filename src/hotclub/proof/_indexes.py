"""Does each index earn its place? Pages with it and without it, the other fixes being there.

An index saves no query, so it is judged by time alone, on pages that run the statements it was
made for. Both sides have all the other fixes: what those save neither hides what an index does
nor passes for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import monotonic

from hotclub.fix.model import Fix
from hotclub.proof._replay import Run
from hotclub.proof._timing import timing
from hotclub.proof._trial import Trials
from hotclub.proof.model import TOLERANCE, Rejection, Request, Timing

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
        self._trials = trials
        self._quicker: dict[int, int] = {}
        self._until = 0.0

    @property
    def quicker(self) -> set[int]:
        """Positions of the requests that the indexes judged so far made quicker."""
        return set(self._quicker.values())

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
        return found

    def _judge(
        self, kept: Sequence[Fix], number: int, indexes: Sequence[int]
    ) -> tuple[int | None, list[str]]:
        """The first page that an index makes quicker, or what was measured instead."""
        fix = kept[number]
        order = {label: at for at, label in enumerate(fix.findings[0].evidence.requests)}
        requests = self._trials.requests
        pages = sorted(indexes, key=lambda index: order[requests[index].label])[:PAGES]
        others = [other for other in kept if other is not fix]
        told = []
        with (
            self._trials.under(others, "without") as without,
            self._trials.under(kept, "with") as company,
        ):
            for index in pages:
                found = _compare(without, company, requests[index])
                if found is not None and _is_quicker(found):
                    return index, []
                told.append(f"{requests[index].label} {_numbers(found)}")
        return None, told


def _compare(without: Run, company: Run, request: Request) -> Timing | None:
    """Pairs in turn, the first to warm up, until they tell or the time is over."""
    pairs: list[tuple[float, float]] = []
    began = monotonic()
    for turn in range(PAIRS[1] + 1):
        if turn % 2:
            after, before = company.ask(request), without.ask(request)
        else:
            before, after = without.ask(request), company.ask(request)
        if before.error or after.error:
            return None
        if turn:
            pairs.append((before.milliseconds, after.milliseconds))
        else:  # the first one starts the processes
            began = monotonic()
        if len(pairs) >= PAIRS[0] and len(pairs) % PAIRS[0] == 0:
            found = timing(pairs, CONFIDENCE)
            if _is_quicker(found) or found.low > 1:
                break
        allowed = SECONDS_PER_PAGE * (1 if len(pairs) >= PAIRS[0] else SLOW)
        if pairs and monotonic() - began > allowed:
            break
    return timing(pairs, CONFIDENCE)


def _is_quicker(found: Timing) -> bool:
    """Beyond noise, and by more than two runs of one tree drift apart."""
    return found.faster and found.ratio * TOLERANCE < 1


def _numbers(found: Timing | None) -> str:
    if found is None:
        return "failed"
    return (
        f"{found.before:.1f} → {found.after:.1f} ms with the index "
        f"(×{found.ratio:.2f}, 99 % {found.low:.2f}–{found.high:.2f})"
    )
