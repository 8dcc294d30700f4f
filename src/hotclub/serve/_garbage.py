"""What an application is made of lives as long as the worker: no garbage is to be found in it."""

from __future__ import annotations

import gc


def stay() -> None:
    """Leave all that is alive now out of later collections, garbage taken away first.

    A full collection would go through all of it each time, and where the master has loaded the
    application it would write to every page that the workers share.
    """
    gc.collect()
    gc.freeze()
