"""Putting the guard's audit hook in; the preloaded library is there before Python is."""

from __future__ import annotations

import contextlib


def install() -> None:
    """Refuse, from Python, what the preloaded library refuses from C."""
    with contextlib.suppress(ImportError):
        from hotclub.agent import _guard

        _guard.install()
