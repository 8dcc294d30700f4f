"""The routes of the project's URLconf, as the agent lists them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from hotclub.doctor.crawl._targets import destructive

READING = frozenset({"GET", "HEAD"})


@dataclass(frozen=True)
class KnownRoute:
    """One route. ``id`` is its name in the agent's answers."""

    id: str
    pattern: str
    name: str
    view: str
    in_project: bool
    admin: bool
    logout: bool
    methods: tuple[str, ...]
    """Methods that the view says it takes; empty when it does not say."""

    @classmethod
    def read(cls, answer: Mapping[str, Any]) -> KnownRoute:
        """A route of the answer to the ``routes`` operation."""
        return cls(
            id=str(answer["id"]),
            pattern=answer["pattern"],
            name=answer.get("name") or "",
            view=answer.get("view") or "",
            in_project=bool(answer.get("in_project")),
            admin=bool(answer.get("admin")),
            logout=bool(answer.get("logout")),
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
    """All routes, by number."""

    def __init__(self, routes: Iterable[KnownRoute]) -> None:
        self._routes = {route.id: route for route in routes}

    def __iter__(self) -> Any:
        return iter(self._routes.values())

    def __len__(self) -> int:
        return len(self._routes)

    def get(self, number: object) -> KnownRoute | None:
        """The route of that number; None for what is no page of the project's."""
        return self._routes.get(str(number))
