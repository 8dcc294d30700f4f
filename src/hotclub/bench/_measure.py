"""Interleaved rounds of load: every server once on every page, then again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from hotclub.bench._servers import Server
from hotclub.bench._wrk import burst
from hotclub.errors import HotclubError

Tick = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Page:
    """A page to load: its label, target (path and query) and the headers that open it.

    ``connections`` ask for it at once, for ``seconds`` at the least: long enough for a slow
    page to be answered more than once.
    """

    label: str
    target: str
    headers: Mapping[str, str]
    connections: int
    seconds: float = 1.0


@dataclass(frozen=True)
class Rates:
    """Requests per second of one page under one server, one figure for each round."""

    rounds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle round."""
        return median(self.rounds)

    @property
    def spread(self) -> tuple[float, float]:
        """The slowest and the quickest round."""
        return min(self.rounds), max(self.rounds)


def load(
    servers: Sequence[Server],
    pages: Mapping[str, Sequence[Page]],
    *,
    rounds: int,
    seconds: float,
    pin: Sequence[str],
    tick: Tick,
) -> dict[tuple[str, str], Rates]:
    """Rates by (page label, server name); ``pages`` are given by server, in the same order.

    Raises:
        HotclubError: a server answered with an error or broke a connection: a rate of
            error pages is no rate.
    """
    figures: dict[tuple[str, str], list[float]] = {}
    count = len(pages[servers[0].name])
    total = rounds * count * len(servers)
    for number in range(rounds):
        for index in range(count):
            for server in _turned(servers, number):
                page = pages[server.name][index]
                tick(f"{page.label} under {server.name}", sum(map(len, figures.values())), total)
                result = burst(
                    server.url(page.target),
                    seconds=max(seconds, page.seconds),
                    connections=page.connections,
                    headers=page.headers,
                    pin=pin,
                )
                if result.errors or not result.requests:
                    raise HotclubError(
                        f"{server.name} failed {result.errors} of {result.requests} requests to "
                        f"{page.label}; see {server.log}"
                    )
                # wrk leaves its last requests behind, and the next server wants this core.
                server.check(page.target, page.headers, 200)
                figures.setdefault((page.label, server.name), []).append(result.rate)
    return {key: Rates(tuple(values)) for key, values in figures.items()}


def _turned(servers: Sequence[Server], number: int) -> list[Server]:
    """The servers, each round beginning with another one."""
    start = number % len(servers)
    return [*servers[start:], *servers[:start]]
