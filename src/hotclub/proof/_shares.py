"""Requests that two processes share, where there is a processor for each.

On rows that were added there is one run of each tree, and it would have one processor to itself.
Each tree is shared out in the same way, so what is compared was asked in the same company.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import chain, zip_longest
from typing import TypeVar

from hotclub.proof._replay import Replay
from hotclub.proof.model import Request
from hotclub.recording import is_safe

Item = TypeVar("Item")
FEW = 6
"""So many requests are not worth a second process."""


def shares(requests: Sequence[Request]) -> list[Sequence[Request]]:
    """Every other request to one and to the other; all to one where one writes, since those after
    it may show that."""
    processors = len(os.sched_getaffinity(0))
    if processors < 2 or len(requests) <= FEW or not all(is_safe(one.method) for one in requests):
        return [requests]
    return [requests[::2], requests[1::2]]


def together(replays: Sequence[Replay]) -> Replay:
    """One replay of all requests, in their order, of the shares'. Each has prepared the same."""
    return Replay(
        _in_turn([one.answers for one in replays]),
        _in_turn([one.gathered for one in replays]),
        replays[0].prepared,
    )


def first_failure(replays: Sequence[Replay]) -> tuple[int, str] | None:
    """The position of the first request that failed in any share, and how."""
    failed = [
        (number * len(replays) + share, answer.failure)
        for share, one in enumerate(replays)
        for number, answer in enumerate(one.answers)
        if answer.failure
    ]
    return min(failed, default=None)


def _in_turn(parts: Sequence[Sequence[Item]]) -> list[Item]:
    missing = object()
    turns = chain.from_iterable(zip_longest(*parts, fillvalue=missing))
    return [item for item in turns if item is not missing]  # type: ignore[misc]
