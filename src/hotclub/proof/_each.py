"""Does each fix earn its place? The kept set without it, on the pages that it touches.

Fixes meet on pages: one can ride on what another saves, or spoil it (eager loading inside a
property makes the prefetch outside it useless). So each is left out once. Fixes that share no
page are left out together, which keeps the number of trees small.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from hotclub.fix.model import Fix
from hotclub.proof._replay import Run
from hotclub.proof._trial import Trials
from hotclub.proof.model import Rejection, Request

PAGES_PER_FIX = 3


def idle(
    trials: Trials, kept: Sequence[Fix], touched: Mapping[int, Sequence[int]]
) -> list[Rejection]:
    """The kept fixes that save no query in the company of the others.

    ``touched`` gives for the position of each fix in ``kept`` the positions of the proved
    requests that it touches, most queries first.
    """
    pages = {number: indexes[:PAGES_PER_FIX] for number, indexes in touched.items() if indexes}
    groups = apart({number: set(touched[number]) for number in pages})
    company = _queries(trials, kept, _all(pages.values()))
    found = []
    for done, group in enumerate(groups, 1):
        trials.progress("leaving each fix out once", done, len(groups))
        others = [fix for number, fix in enumerate(kept) if number not in group]
        without = _queries(trials, others, _all(pages[number] for number in group))
        for number in group:
            saved = sum(without[index] - company[index] for index in pages[number])
            if saved <= 0:
                reason = _reason(trials.requests, pages[number], without, company)
                found.append(Rejection(kept[number], reason))
    return found


def _all(pages: Iterable[Sequence[int]]) -> list[int]:
    return sorted({index for indexes in pages for index in indexes})


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


def _queries(trials: Trials, fixes: Sequence[Fix], indexes: Sequence[int]) -> dict[int, int]:
    """Queries of these requests under these fixes; of the second time, when caches are warm."""
    found: dict[int, int] = {}
    if indexes:
        with Run(trials.workspace, trials.tree(fixes), "each") as run:
            for index in indexes:
                run.ask(trials.requests[index])
                found[index] = run.ask(trials.requests[index]).queries
    return found


def _reason(
    requests: Sequence[Request],
    indexes: Sequence[int],
    without: Mapping[int, int],
    company: Mapping[int, int],
) -> str:
    numbers = "; ".join(
        f"{requests[index].label} {without[index]} queries without it, {company[index]} with it"
        for index in indexes
    )
    return f"saves nothing beside the other fixes: {numbers}"
