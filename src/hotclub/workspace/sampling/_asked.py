"""Which keys were asked for already: those that the original lacks are not asked for again."""

from __future__ import annotations

from collections.abc import Iterable

from hotclub.workspace.sampling._shape import Link


class Asked:
    """The keys of each link that were asked for, one way or the other."""

    def __init__(self) -> None:
        self._known: dict[tuple[Link, str], set[str]] = {}

    def new(self, link: Link, way: str, keys: Iterable[str]) -> list[str]:
        """Those that were not asked for; they are from now on."""
        known = self._known.setdefault((link, way), set())
        found = [key for key in keys if key not in known]
        known.update(found)
        return found
