"""Does each fix earn its place? The kept set without it, on the pages that it touches.

Fixes meet on pages: one can ride on what another saves, or spoil it (eager loading inside a
property makes the prefetch outside it useless). So each is left out once. Fixes that share no
page are left out together, which keeps the number of trees small.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

from hotclub.fix.model import Fix
from hotclub.proof._company import Remembered, companies
from hotclub.proof._trial import Trials
from hotclub.proof.model import Rejection
from hotclub.recording import is_safe

PAGES_PER_FIX = 3


def idle(
    trials: Trials,
    kept: Sequence[Fix],
    touched: Mapping[int, Sequence[int]],
    earned: Remembered[None],
) -> list[Rejection]:
    """The kept fixes that save no query in the company of the others, if they must.

    ``touched`` gives for the position of each fix in ``kept`` the positions of the proved
    requests that it touches, in the order in which they are tried: one that shows a saving is
    enough, three that show none are too many. Those that ``earned`` knows are not tried again.
    """
    company = companies(kept, touched)
    pages = {
        number: indexes[:PAGES_PER_FIX]
        for number, indexes in touched.items()
        if indexes and kept[number].must_gain and (kept[number], company[number]) not in earned
    }
    if not pages:
        return []
    found = _leave_out(trials, kept, touched, pages)
    gone = {id(loser.fix) for loser in found}
    for number in pages:
        if id(kept[number]) not in gone:
            earned.note(kept[number], company[number], None)
    return found


def _leave_out(
    trials: Trials,
    kept: Sequence[Fix],
    touched: Mapping[int, Sequence[int]],
    pages: Mapping[int, Sequence[int]],
) -> list[Rejection]:
    """Each of those that have ``pages`` left out once, and judged there."""
    groups = apart({number: set(touched[number]) for number in pages})
    done = 0

    def leave_out(group: Sequence[int]) -> list[Rejection]:
        nonlocal done
        others = [fix for number, fix in enumerate(kept) if number not in group]
        with _Counting(trials, others) as without:
            found = [_judge(kept[number], pages[number], without, together) for number in group]
        done += 1
        trials.progress("leaving each fix out once", done, len(groups))
        return [rejection for rejection in found if rejection]

    with _Counting(trials, kept) as together, ThreadPoolExecutor(2) as pool:
        return [rejection for found in pool.map(leave_out, groups) for rejection in found]


class _Counting:
    """Counts the queries of requests under a set of fixes, in a process of its own.

    May be used by several threads.
    """

    def __init__(self, trials: Trials, fixes: Sequence[Fix]) -> None:
        self.requests = trials.requests
        self._run = trials.under(fixes, "each", written=True)
        self._lock = Lock()

    def __enter__(self) -> _Counting:
        return self

    def __exit__(self, *_: object) -> None:
        self._run.close()

    def queries(self, index: int) -> int:
        """Queries of one request; of the second time, when caches are warm. One that writes is
        made once, with the others that do, before all else."""
        request = self.requests[index]
        with self._lock:
            if not is_safe(request.method):
                return self._wrote(request.label)
            self._run.ask(request)
            return self._run.ask(request).queries

    def _wrote(self, label: str) -> int:
        self._run.begin()
        return self._run.before[label].queries if label in self._run.before else 0


def _judge(
    fix: Fix, indexes: Sequence[int], without: _Counting, company: _Counting
) -> Rejection | None:
    told = []
    for index in indexes:
        before, after = without.queries(index), company.queries(index)
        if after < before:
            return None
        label = without.requests[index].label
        told.append(f"{label} {before} queries without it, {after} with it")
    return Rejection(fix, f"saves nothing beside the other fixes: {'; '.join(told)}")


def apart(pages: Mapping[int, set[int]]) -> list[list[int]]:
    """Keys in as few groups as a greedy pass makes, no two of a group sharing a page."""
    groups: list[tuple[list[int], set[int]]] = []
    for number in sorted(pages, key=lambda key: -len(pages[key])):
        for members, taken in groups:
            if not taken & pages[number]:
                members.append(number)
                taken |= pages[number]
                break
        else:
            groups.append(([number], set(pages[number])))
    return [members for members, _ in groups]
