"""Has the proof seen the rows on which eager loading could go wrong?

What the replayed pages did not show is added to clones, and the pages that were short of it are
replayed on those as all others are. What differs there is a fix that was wrong; what could
not be shown even so, or breaks the page without any fix, is said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from hotclub.fix.model import Fix
from hotclub.proof._bearable import Bearable
from hotclub.proof._company import Company, Remembered, companies
from hotclub.proof._passing import passing
from hotclub.proof._steps import WORDS, Seen, Step, Wanted, steps
from hotclub.proof._trial import Trials
from hotclub.proof.model import Rejection, Reservation, Verdict

_NOTHING: Mapping[Step, Seen] = {}


def witnesses(
    trials: Trials,
    kept: Sequence[Fix],
    touched: Sequence[Sequence[int]],
    told: Remembered[str],
) -> tuple[list[Rejection], list[Reservation]]:
    """Fixes that were wrong on added rows or that need witnesses and have none, and the other ones
    of which not all was seen.

    ``touched`` has, for each kept fix, positions of the proved requests that show it; ``told`` gets
    what was not seen of each, in words, and is not asked for it again.
    """
    company = companies(kept, dict(enumerate(touched)))
    rejected = [
        replace(one, reason=f"on rows that were added to the copy, {one.reason}")
        for one in _look(trials, kept, touched, company, told)
    ]
    gone = {id(one.fix) for one in rejected}
    reserved = []
    for number, fix in enumerate(kept):
        left = "" if id(fix) in gone else told.of(fix, company[number])
        if not left:
            continue
        reason = f"equal, not witnessed: {left}"
        if fix.kind == "witnessed":
            rejected.append(Rejection(fix, reason))
        else:
            reserved.append(Reservation(fix, reason))
    return rejected, reserved


def _look(
    trials: Trials,
    kept: Sequence[Fix],
    touched: Sequence[Sequence[int]],
    company: Mapping[int, Company],
    told: Remembered[str],
) -> list[Rejection]:
    """Those that were wrong on added rows; of the others it is noted what was not seen."""
    seen = trials.outcome(kept).seen
    wanted = {
        number: _wanted(fix, touched[number], seen)
        for number, fix in enumerate(kept)
        if (fix, company[number]) not in told
    }
    every = [one for found in wanted.values() for one in found]
    added = _Added(trials, kept, every) if every else None
    for number, found in wanted.items():
        left = [words for one in found if added and (words := added.missing(one))]
        told.note(kept[number], company[number], "; ".join(left))
    return added.failed if added else []


def _wanted(
    fix: Fix, pages: Sequence[int], seen: Sequence[Mapping[Step, Seen]]
) -> tuple[Wanted, ...]:
    """What was not seen of a fix's steps, each with the page whose rows it is to be added to."""
    found = []
    for step in dict.fromkeys(steps(fix)):
        shown = {
            page: seen[page][step] for page in pages if page < len(seen) and step in seen[page]
        }
        needed = {need for one in shown.values() for need in one.needed}
        missing = needed - {need for one in shown.values() for need in one.seen}
        best = max(shown, key=lambda page: min(len(shown[page].owners), 3), default=None)
        if missing and best is not None:
            needs = tuple(need for need in WORDS if need in missing)
            found.append(Wanted(step, needs, shown[best].owners, best))
    return tuple(found)


class _Added:
    """The trial on clones that have the wanted rows."""

    def __init__(self, trials: Trials, kept: Sequence[Fix], wanted: Sequence[Wanted]) -> None:
        self._wanted = list(dict.fromkeys(wanted))
        self._pages = sorted({one.page for one in wanted})
        bearable = Bearable(trials, self._wanted, self._pages)
        again, self._withdrawn = bearable.trials, bearable.withdrawn
        together, self.failed = passing(again, kept)
        outcome = again.outcome(together) if together else None
        self._seen = outcome.seen if outcome is not None else ()
        self._told = outcome.told if outcome is not None else ()
        self._verdicts: Sequence[Verdict] = outcome.verdicts if outcome is not None else ()

    def missing(self, one: Wanted) -> str:
        """What has not been seen even now, and why; empty when all has."""
        at = self._pages.index(one.page)
        seen = self._seen[at].get(one.step) if at < len(self._seen) else None
        verdict = self._verdicts[at] if at < len(self._verdicts) else None
        equal = verdict is not None and verdict.outcome == "equal"
        met = seen.seen if seen is not None and equal else frozenset()
        left = [need for need in one.needs if need not in met]
        if not left:
            return ""
        why = self._why(self._wanted.index(one), left)
        if verdict is not None and not equal:
            why = verdict.reason
        words = ", ".join(WORDS[need] for need in left)
        return f"{one.step.relation}: {words}" + (f" ({why})" if why else "")

    def _why(self, number: int, left: Sequence[str]) -> str:
        """Why not all rows are there that were wanted at this position."""
        rows = [(number, need) for need in left]
        withdrawn = [self._withdrawn[row] for row in rows if row in self._withdrawn]
        told = self._told[number] if number < len(self._told) else ""
        return "; ".join(one for one in dict.fromkeys([*withdrawn, told]) if one)
