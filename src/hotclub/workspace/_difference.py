"""What a database on a server held and holds, compared in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from hotclub.errors import HotclubError

State = dict[str, tuple[str, str]]
"""By what it is called: a number and a digest."""


def changes(where: str, before: State, look: Callable[[], State]) -> list[str]:
    """What differs when one looks again at the database that is called so, in words."""
    try:
        now = look()
    except HotclubError as error:
        return [f"the database {where} cannot be looked at again: {error}"]
    return [f"the database {where}: {difference}" for difference in _differences(before, now)]


def _differences(before: Mapping[str, tuple[str, str]], now: State) -> Iterator[str]:
    for what in sorted({*before, *now}):
        if before.get(what) != now.get(what):
            yield _difference(what, before.get(what), now.get(what))


def _difference(what: str, before: tuple[str, str] | None, now: tuple[str, str] | None) -> str:
    if before is None:
        return f"{what} was added"
    if now is None:
        return f"{what} was removed"
    numbers = f" ({before[0]} before, {now[0]} now)" if before[0] != now[0] else ""
    return f"{what} was changed{numbers}"
