"""Is the new tree quicker? Paired measurements, and an interval that assumes nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median

from hotclub.proof.model import Timing

MIN_PAIRS = 6
"""The fewest pairs whose extremes enclose the median with 95 % confidence (1 - 2/2**6)."""


def interval_rank(pairs: int, confidence: float = 0.95) -> int | None:
    """Which order statistic bounds the median from each side, counted from 1.

    ``None`` when there are too few pairs for this confidence. The coverage of the pair of
    ranks (k, n+1-k) is ``1 - 2 * P(X < k)`` for X binomial with n trials and p = 1/2.
    """
    best = None
    tail = 0.0
    for rank in range(1, pairs // 2 + 1):
        tail += math.comb(pairs, rank - 1) / 2**pairs
        if 1 - 2 * tail < confidence:
            break
        best = rank
    return best


def timing(pairs: Sequence[tuple[float, float]], confidence: float = 0.95) -> Timing:
    """Summarise (old, new) milliseconds measured side by side; at least one pair.

    The interval is one of 95 %, or of another ``confidence``.
    """
    ratios = sorted(new / old for old, new in pairs if old > 0)
    rank = interval_rank(len(ratios), confidence)
    low, high = (ratios[rank - 1], ratios[-rank]) if rank else (0.0, math.inf)
    return Timing(
        before=median(old for old, _ in pairs),
        after=median(new for _, new in pairs),
        ratio=median(ratios) if ratios else 1.0,
        low=low,
        high=high,
        pairs=len(ratios),
    )
