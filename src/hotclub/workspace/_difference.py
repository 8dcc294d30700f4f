"""What a database on a server held and holds, compared in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

State = dict[str, tuple[str, str]]
"""By what it is called: a number and a digest."""


def differences(
    before: Mapping[str, tuple[str, str]], now: Mapping[str, tuple[str, str]]
) -> Iterator[str]:
    """What differs, in the order of the names."""
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
