"""Which requests are recorded, where not all of them are."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from random import Random
from weakref import WeakSet

from ._labels import label
from ._state import current

_unrecorded: ContextVar[bool] = ContextVar("hotclub_unrecorded", default=False)
_samples: WeakSet[Sample] = WeakSet()


@contextmanager
def unrecorded() -> Iterator[None]:
    """Requests begun inside the block are not recorded."""
    token = _unrecorded.set(True)
    try:
        yield
    finally:
        _unrecorded.reset(token)


class Sample:
    """Draws requests, each with the same chance, whatever came before it.

    By numbers of its own: the project may seed those of `random`, and must go on to get the same.
    A request with a label was made to be recorded, and one that is made while another is answered
    goes with that.
    """

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._random: Random | None = None
        if rate < 1:  # what draws nothing must not even be seeded; see worker/_determinism.py
            self._random = Random()
            _samples.add(self)

    def leaves_out(self) -> bool:
        """Whether the request that begins is not to be recorded, nor what is made for it."""
        if _unrecorded.get():
            return True
        if self._random is None or label() is not None or current.get() is not None:
            return False
        return self._random.random() >= self._rate

    def seed(self) -> None:
        """Begin with other numbers."""
        if self._random is not None:
            self._random.seed()


def _after_fork() -> None:
    """A server's workers must not all draw the same."""
    for sample in list(_samples):
        sample.seed()


os.register_at_fork(after_in_child=_after_fork)
