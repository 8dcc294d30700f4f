"""A share of a few cases, with the interval that few cases allow."""

from __future__ import annotations

import math

_Z = 1.959964


def wilson(good: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share by Wilson's score; (0, 1) of nothing."""
    if not of:
        return 0.0, 1.0
    share, z2 = good / of, _Z * _Z
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = _Z * math.sqrt(share * (1 - share) / of + z2 / (4 * of * of)) / (1 + z2 / of)
    return max(0.0, middle - half), min(1.0, middle + half)


def share(good: int, of: int) -> float | None:
    """Rounded; None of nothing."""
    return round(good / of, 3) if of else None


def told(good: int, of: int) -> str:
    """``17 of 20 = 85 % (64–95 %)``."""
    if not of:
        return "0 of 0"
    low, high = wilson(good, of)
    return f"{good} of {of} = {good / of:.0%} ({low * 100:.0f}–{high:.0%})"
