"""The routes of the project's URLconf, as the agent lists them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from hotclub.doctor.crawl._targets import destructive

READING = frozenset({"GET", "HEAD"})


@dataclass(frozen=True)
class KnownRoute:
    """One route. ``id`` is the agent's number for it; links name their route by its pattern."""

    id: int
    pattern: str
    name: str
    view: str
    in_project: bool
    admin: bool
    logout: bool
    methods: tuple[str, ...]
    """Methods that the view says it takes; empty when it does not say."""
    api: bool = False
    """Whether it answers in the form that it is asked for."""
    variant: bool = False
    """Whether an earlier route has the same name and view (a format suffix): it can wait."""

    @classmethod
    def read(cls, answer: Mapping[str, Any]) -> KnownRoute:
        """A route of the answer to the ``routes`` operation."""
        return cls(
            id=int(answer["id"]),
            pattern=answer["pattern"],
            name=answer.get("name") or "",
            view=answer.get("view") or "",
            in_project=bool(answer.get("in_project")),
            admin=bool(answer.get("admin")),
            logout=bool(answer.get("logout")),
            api=bool(answer.get("api")),
            methods=tuple(method.upper() for method in answer.get("methods") or ()),
        )

    @property
    def readable(self) -> bool:
        """Whether the view takes GET, as far as it says."""
        return not self.methods or bool(READING.intersection(self.methods))

    @property
    def destructive(self) -> bool:
        """Whether asking for it would log out, or says that it destroys."""
        return self.logout or destructive(self.pattern, self.name)


class Routes:
    """All routes in the URLconf's order. Django only ever takes the first of a pattern."""

    def __init__(self, routes: Iterable[KnownRoute]) -> None:
        self._all: list[KnownRoute] = []
        self._taken: dict[str, KnownRoute] = {}
        named: set[tuple[str, str]] = set()
        for route in routes:
            known = replace(route, variant=bool(route.name) and (route.name, route.view) in named)
            named.add((route.name, route.view))
            self._all.append(known)
            self._taken.setdefault(route.pattern, known)

    def __iter__(self) -> Iterator[KnownRoute]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def get(self, pattern: str | None) -> KnownRoute | None:
        """The route that a pattern stands for; None for what is no page of the project's."""
        return None if pattern is None else self._taken.get(pattern)

    def shadowed(self, route: KnownRoute) -> bool:
        """Whether an earlier route has the same pattern, so that this one is never taken."""
        return self._taken[route.pattern] is not route
