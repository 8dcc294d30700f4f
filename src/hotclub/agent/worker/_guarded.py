"""Putting the guard's audit hook in; the preloaded library is there before Python is."""

from __future__ import annotations

from hotclub.agent import _guard


def install() -> None:
    """Refuse, from Python, what the preloaded library refuses from C."""
    _guard.install()
