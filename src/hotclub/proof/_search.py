"""Together first, bisected on failure: the largest set of fixes that passes, cheaply."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

Item = TypeVar("Item")
Attempt = Callable[[Sequence[Item]], "str | None"]


def keep_passing(
    items: Sequence[Item],
    attempt: Attempt[Item],
    suspected: Callable[[Item], bool] = lambda _: False,
) -> tuple[list[Item], list[tuple[Item, str]]]:
    """Split ``items`` into those that pass together and those that do not, with the reason.

    ``attempt`` says why a set fails, or ``None`` when it passes. With all good it is called
    once; each bad item costs about ``2 * log2(len(items))`` further calls. An item is judged
    in the company of those already kept, so that the kept ones are known to pass *together*. Those
    that are ``suspected`` are tried after all the others, which passes the others by in one call.
    """
    kept: list[Item] = []
    rejected: list[tuple[Item, str]] = []

    def settle(group: Sequence[Item]) -> None:
        if not group:
            return
        reason = attempt([*kept, *group])
        if reason is None:
            kept.extend(group)
        elif len(group) == 1:
            rejected.append((group[0], reason))
        else:
            for part in _parts(group, suspected):
                settle(part)

    settle(items)
    return kept, rejected


def _parts(
    group: Sequence[Item], suspected: Callable[[Item], bool]
) -> tuple[Sequence[Item], Sequence[Item]]:
    others = [item for item in group if not suspected(item)]
    if others and len(others) < len(group):
        return others, [item for item in group if suspected(item)]
    middle = len(group) // 2
    return group[:middle], group[middle:]
