"""The whole comparison: queries, milliseconds and rates of pages, before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from hotclub.bench import _servers
from hotclub.bench._measure import Page, Rates, Tick, load
from hotclub.doctor import Request
from hotclub.errors import HotclubError
from hotclub.proof import Answer, Run
from hotclub.workspace import Workspace

GUNICORN_BEFORE = "gunicorn, before"
GUNICORN_AFTER = "gunicorn, after"
HOTCLUB_AFTER = "hotclub, after"
SERVERS = (GUNICORN_BEFORE, GUNICORN_AFTER, HOTCLUB_AFTER)
SAMPLES = 3
CONNECTIONS = 4
SLOW_MS = 10.0
"""From here on one connection: a queue in front of a slow page says nothing of the server."""
LONGEST = 10.0
"""Seconds that one burst lasts at the most, however slow the page is."""

View = tuple[tuple[int, int], tuple[float, float]]
"""Queries and milliseconds of one view, each before and after."""


@dataclass(frozen=True)
class Row:
    """One page: queries and milliseconds of the view, and requests per second by server."""

    label: str
    queries: tuple[int, int]
    milliseconds: tuple[float, float]
    rates: Mapping[str, Rates]

    @property
    def ratio(self) -> float:
        """How many times the requests per second of the start it serves in the end."""
        return self.rates[HOTCLUB_AFTER].median / self.rates[GUNICORN_BEFORE].median


def compare(
    workspace: Workspace,
    trees: tuple[Path, Path],
    requests: Sequence[Request],
    *,
    rounds: int,
    seconds: float,
    tick: Tick,
) -> list[Row]:
    """Measure ``requests`` on the tree before and the tree after, one row for each.

    ``trees`` are trees of the workspace. Each server runs one worker on a clone of the
    database of its own; where there are two cores, the load comes from the other one.

    Raises:
        HotclubError: wrk or gunicorn is missing, a server does not start, a page fails.
    """
    views = _views(workspace, trees, requests, tick)
    slow = [[view[1][side] for view in views] for side in (0, 1)]
    rates = _rates(workspace, trees, requests, slow, rounds=rounds, seconds=seconds, tick=tick)
    return [
        Row(request.label, *view, {server: rates[request.label, server] for server in SERVERS})
        for request, view in zip(requests, views, strict=True)
    ]


def _views(
    workspace: Workspace, trees: tuple[Path, Path], requests: Sequence[Request], tick: Tick
) -> list[View]:
    """Queries and median milliseconds of each view itself, the two trees in turn."""
    found = []
    with Run(workspace, trees[0], "before") as before, Run(workspace, trees[1], "after") as after:
        for number, request in enumerate(requests):
            tick(f"{request.label} without a server", number, len(requests))
            pairs = [(before.ask(request), after.ask(request)) for _ in range(1 + SAMPLES)]
            found.append(_view(pairs))
    return found


def _view(pairs: Sequence[tuple[Answer, Answer]]) -> View:
    """What pairs of answers say; the first one warmed the caches."""
    for answer in (side for pair in pairs for side in pair):
        if answer.error:
            raise HotclubError(f"a page failed while it was measured: {answer.error}")
    old, new = zip(*pairs[1:], strict=True)
    milliseconds = median(a.milliseconds for a in old), median(a.milliseconds for a in new)
    return (old[-1].queries, new[-1].queries), milliseconds


def _rates(
    workspace: Workspace,
    trees: tuple[Path, Path],
    requests: Sequence[Request],
    milliseconds: Sequence[Sequence[float]],
    *,
    rounds: int,
    seconds: float,
    tick: Tick,
) -> dict[tuple[str, str], Rates]:
    python = workspace.project.python
    server_pin, load_pin = _servers.pins()
    users = sorted({request.user for request in requests if request.user})
    makers = (
        (GUNICORN_BEFORE, _servers.gunicorn, 0),
        (GUNICORN_AFTER, _servers.gunicorn, 1),
        (HOTCLUB_AFTER, _servers.hotclub, 1),
    )
    servers: list[_servers.Server] = []
    pages: dict[str, list[Page]] = {}
    with ExitStack() as stack:
        for name, make, side in makers:
            tick(f"starting {name}", len(servers), len(makers))
            site = workspace.site(trees[side], name.replace(", ", "-"), users)
            server = stack.enter_context(make(site, python, name, server_pin))
            server.wait_ready(site.host)
            servers.append(server)
            pages[name] = [
                _page(request, site.host, site.headers, took)
                for request, took in zip(requests, milliseconds[side], strict=True)
            ]
            for page in pages[name]:
                server.check(page.target, page.headers, 200)
        return load(servers, pages, rounds=rounds, seconds=seconds, pin=load_pin, tick=tick)


def _page(request: Request, host: str, users: Mapping[str, Mapping[str, str]], took: float) -> Page:
    headers = {"Host": host, **dict(request.headers)}
    if request.user:
        headers.update(users[request.user])
    target = f"{request.path}?{request.query}" if request.query else request.path
    return Page(
        request.label,
        target,
        headers,
        connections=1 if took > SLOW_MS else CONNECTIONS,
        seconds=min(LONGEST, 2.2 * took / 1000),
    )
