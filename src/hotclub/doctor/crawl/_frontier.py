"""What to visit next: every route once, as everybody, before any route a second time.

A project has any number of URLs and few routes, and pages of one route are slow in the same way.
So a URL's turn depends on how many of its route are already waiting or done for the same user,
and past a handful no more are taken. Pages that differ in the *values* of their query only (the
links of a paginator) are the same to us: one of each set of parameter names is enough.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable

from hotclub.doctor.crawl._routes import KnownRoute
from hotclub.doctor.crawl._targets import Target

QUERY_SETS = 3
"""Sets of parameter names taken for one route and user."""
_LATER = {None: 0, "staff": 0, "user": 1}
"""Nobody and staff see most of a project between them; the turn of others comes next."""


class Frontier:
    """A queue of targets without repeats."""

    def __init__(self, samples: int) -> None:
        self._samples = samples
        self._heap: list[tuple[int, bool, int, Target]] = []
        self._known: set[Target] = set()
        self._plain: Counter[tuple[str, str | None]] = Counter()
        self._queries: dict[tuple[str, str | None], set[frozenset[str]]] = {}

    def __len__(self) -> int:
        return len(self._heap)

    def __bool__(self) -> bool:
        return bool(self._heap)

    def add(self, target: Target, route: KnownRoute) -> bool:
        """Queue a target unless enough of its kind are queued or done; whether it was taken."""
        if target in self._known:
            return False
        turn = self._turn(target, 1 if route.admin else self._samples)
        if turn is None:
            return False
        self._known.add(target)
        entry = (
            turn + route.variant + _LATER.get(target.user, 1),
            not route.in_project,
            len(self._known),
            target,
        )
        heapq.heappush(self._heap, entry)
        return True

    def add_for(self, target: Target, users: Iterable[str | None], route: KnownRoute) -> None:
        """Queue the same URL for several users."""
        for user in users:
            self.add(Target(target.path, target.query, user, target.route), route)

    def pop(self) -> tuple[int, Target]:
        """The next target, and how many of its kind came before it.

        Raises IndexError when there is none.
        """
        turn, *_, target = heapq.heappop(self._heap)
        return turn, target

    def _turn(self, target: Target, samples: int) -> int | None:
        key = (target.route, target.user)
        if not target.query:
            if self._plain[key] >= samples:
                return None
            self._plain[key] += 1
            return self._plain[key] - 1
        names = self._queries.setdefault(key, set())
        if target.query_names in names or len(names) >= min(samples, QUERY_SETS):
            return None
        names.add(target.query_names)
        return len(names)
