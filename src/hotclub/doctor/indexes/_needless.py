"""Indexes that the others make needless.

One is picked for what it saves beside those that were there by then. Those that came later may
serve its statements as well, so in the end each is taken away once, the largest first: where
everything stays as quick, it stays away.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

from hotclub.doctor.indexes._candidates import Candidate
from hotclub.doctor.indexes._trial import Trial


def needed(
    trial: Trial, picked: Mapping[str, Candidate], best: dict[int, float], until: float
) -> dict[str, Candidate]:
    """Those of the picked indexes that something would miss; the others are dropped.

    ``best`` are the nanoseconds that each statement takes with all of them, and is kept so. Nothing
    more is tried once the monotonic clock is past ``until``.
    """
    kept, now = dict(picked), dict(best)
    for name in sorted(picked, key=lambda name: -trial.sizes[picked[name]]):
        if time.monotonic() > until or len(kept) < 2:
            break
        using = trial.users(sorted(now), [name])[name]
        trial.drop(name)
        without = now | {number: _left(trial, number) for number in using}
        if trial.is_as_quick(best, without):
            del kept[name]
            now = without
        else:
            trial.build(picked[name], name)
    best.update(now)
    return kept


def _left(trial: Trial, number: int) -> float:
    left = trial.left(number)
    return trial.base[number].ns if left is None else left
