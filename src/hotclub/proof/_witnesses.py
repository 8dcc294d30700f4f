"""Has the proof seen the rows on which eager loading could go wrong?

What the replayed pages did not show is added to clones, and the pages that were short of it are
replayed on those, old, new and old again. What differs there is a fix that was wrong; what could
not be shown even so is said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hotclub.fix.model import Fix
from hotclub.proof._search import keep_passing
from hotclub.proof._steps import WORDS, Seen, Step, Wanted, adding, steps
from hotclub.proof._trial import Trials
from hotclub.proof.model import Rejection, Reservation, Verdict

_NOTHING: Mapping[Step, Seen] = {}


def witnesses(
    trials: Trials, kept: Sequence[Fix], touched: Sequence[Sequence[int]]
) -> tuple[list[Rejection], list[Reservation]]:
    """Fixes that were wrong on added rows or that need witnesses and have none, and the other ones
    of which not all was seen.

    ``touched`` has, for each kept fix, positions of the proved requests that show it.
    """
    seen = trials.outcome(kept).seen
    pairs = [(fix, _wanted(fix, pages, seen)) for fix, pages in zip(kept, touched, strict=True)]
    if not any(found for _, found in pairs):
        return [], []
    added = _Added(trials, kept, [one for _, found in pairs for one in found])
    rejected = [
        Rejection(fix, f"on rows that were added to the copy, {why}") for fix, why in added.failed
    ]
    gone = {id(one.fix) for one in rejected}
    reserved = []
    for fix, found in pairs:
        left = [words for one in found if (words := added.missing(one))]
        if not left or id(fix) in gone:
            continue
        reason = f"equal, not witnessed: {'; '.join(left)}"
        if fix.kind == "witnessed":
            rejected.append(Rejection(fix, reason))
        else:
            reserved.append(Reservation(fix, reason))
    return rejected, reserved


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
        self._wanted = list(wanted)
        self._pages = sorted({one.page for one in wanted})
        requests = [trials.requests[page] for page in self._pages]
        again = Trials(trials.workspace, requests, trials.render, trials.progress)
        again.added = [adding(wanted)]
        again.trees = trials.trees
        passing, self.failed = keep_passing(list(kept), again.complaint)
        outcome = again.outcome(passing) if passing else None
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
        left = [WORDS[need] for need in one.needs if need not in met]
        if not left:
            return ""
        number = self._wanted.index(one)
        told = self._told[number] if number < len(self._told) else ""
        why = verdict.reason if verdict is not None and not equal else told
        return f"{one.step.relation}: {', '.join(left)}" + (f" ({why})" if why else "")
