"""Does each index earn its place? Pages with it and without it, the other fixes being there.

An index saves no query, so it is judged by time alone, on pages that run the statements it was
made for. Both sides have all the other fixes: what those save neither hides what an index does
nor passes for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import monotonic

from hotclub.fix.model import Fix
from hotclub.proof._replay import alternate
from hotclub.proof._timing import timing
from hotclub.proof._trial import Trials
from hotclub.proof.model import TOLERANCE, Rejection, Timing

PAGES = 3
ROUNDS = 10
SECONDS_PER_PAGE = 4.0
SECONDS = 60.0


def judge_indexes(
    trials: Trials, kept: Sequence[Fix], touched: Mapping[int, Sequence[int]]
) -> tuple[list[Rejection], set[int]]:
    """The indexes that make none of their pages quicker, and for each of the others the position
    of a request that it does.

    ``touched`` gives for the position of each fix in ``kept`` those of the proved requests that
    it touches; indexes without one are not judged here.
    """
    losers: list[Rejection] = []
    quicker: set[int] = set()
    numbers = [number for number, fix in enumerate(kept) if fix.is_index and touched[number]]
    until = monotonic() + SECONDS
    for done, number in enumerate(numbers):
        trials.progress("timing with and without each index", done, len(numbers))
        if monotonic() > until:
            reason = f"not judged: measuring indexes took longer than {SECONDS:g} seconds"
            losers.append(Rejection(kept[number], reason))
            continue
        page, told = _quicker(trials, kept, number, touched[number])
        if page is None:
            losers.append(Rejection(kept[number], f"no page became quicker: {'; '.join(told)}"))
        else:
            quicker.add(page)
    return losers, quicker


def _quicker(
    trials: Trials, kept: Sequence[Fix], number: int, indexes: Sequence[int]
) -> tuple[int | None, list[str]]:
    """The first page that the index makes quicker, or what was measured instead."""
    fix = kept[number]
    order = {label: at for at, label in enumerate(fix.findings[0].evidence.requests)}
    pages = sorted(indexes, key=lambda index: order[trials.requests[index].label])[:PAGES]
    others = [other for other in kept if other is not fix]
    measured = alternate(
        (trials.under(others, "without"), trials.under(kept, "with")),
        [trials.requests[index] for index in pages],
        rounds=ROUNDS,
        seconds=SECONDS_PER_PAGE,
        tick=lambda _: None,
    )
    told = []
    try:
        for index, pairs in zip(pages, measured, strict=True):
            label = trials.requests[index].label
            if not pairs:
                told.append(f"{label} failed")
                continue
            found = timing(pairs)
            if found.faster and found.ratio * TOLERANCE < 1:
                return index, []
            told.append(f"{label} {_numbers(found)}")
    finally:
        measured.close()
    return None, told


def _numbers(found: Timing) -> str:
    return (
        f"{found.before:.1f} → {found.after:.1f} ms with the index "
        f"(×{found.ratio:.2f}, 95 % {found.low:.2f}–{found.high:.2f})"
    )
