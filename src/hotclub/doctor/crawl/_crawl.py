"""The crawl: breadth first over routes, users and what the responses lead to.

It begins with every route that can be reversed with values from the database, and goes on with
links, JSON URLs, ``reverse()`` calls and redirect targets of the responses. Only GET is asked.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from hotclub.doctor.crawl._frontier import Frontier
from hotclub.doctor.crawl._routes import KnownRoute, Routes
from hotclub.doctor.crawl._targets import Target, destructive, split_url
from hotclub.doctor.crawl._visits import Visit
from hotclub.doctor.crawl._worker import MAX_LOST, Worker
from hotclub.doctor.diagnosis import Options, Progress
from hotclub.workspace import AgentError, Response

_JSON = (("Accept", "application/json"),)


@dataclass
class Crawl:
    """What a crawl has seen."""

    routes: Routes
    users: list[str | None]
    visits: list[Visit] = field(default_factory=list)
    no_parameters: dict[str, str] = field(default_factory=dict)
    """Route pattern → why no URL could be made for it."""
    notes: list[str] = field(default_factory=list)
    reached: dict[str, str | None] = field(default_factory=dict)
    """Route pattern → the first who got a 2xx from it. The others need one look each, in case
    the page is another for them; further URLs of the route are visited by that one only."""
    costly: set[str] = field(default_factory=set)
    """Patterns of routes that cost a worker: once is enough."""
    asked_again: set[str] = field(default_factory=set)
    """Patterns of routes that wrote and were asked once more, to see whether they always do."""
    waiting: set[str] = field(default_factory=set)
    """Patterns of routes that were still queued when a limit was reached."""


def begin(worker: Worker) -> Crawl:
    """The routes and the users, nothing asked for yet."""
    routes = Routes(map(KnownRoute.read, worker.call("routes")["routes"]))
    seen = Crawl(routes, worker.names)
    seen.notes += _missing_users(worker)
    return seen


def crawl(worker: Worker, seen: Crawl, options: Options, progress: Progress) -> None:
    """Visit the project with this worker, within the options' limits."""
    frontier = Frontier(options.samples)
    left = _seed(worker, seen, frontier, options, progress)
    if left:
        seen.notes.append(f"{left} routes were not looked at in the time there is (--max-seconds)")
    _run(worker, seen, frontier, options, progress)


def _seed(
    worker: Worker, seen: Crawl, frontier: Frontier, options: Options, progress: Progress
) -> int:
    """URLs to begin with, in half of the time at most; how many routes were left."""
    deadline = time.monotonic() + options.max_seconds / 2
    left = 0
    for number, route in enumerate(seen.routes):
        if time.monotonic() > deadline:
            left = len(seen.routes) - number
            seen.waiting.update(route.pattern for route in list(seen.routes)[number:])
            break
        progress("finding URLs", number, len(seen.routes))
        if route.destructive or not route.readable or seen.routes.shadowed(route):
            continue
        try:
            answer = worker.call("parameters", route=int(route.id), count=options.samples)
        except AgentError as error:
            answer = {"examples": [], "reason": error.detail}
        if not answer["examples"]:
            seen.no_parameters[route.pattern] = answer.get("reason") or "no parameters found"
        for example in answer["examples"]:
            path, query = split_url(example["path"])
            _queue(seen, frontier, route, path, query)
    for link in worker.call("absolute_urls", count=options.samples)["links"]:
        _follow(seen, frontier, link)
    return left


def _run(
    worker: Worker, seen: Crawl, frontier: Frontier, options: Options, progress: Progress
) -> None:
    deadline = time.monotonic() + options.max_seconds
    before = len(seen.visits)
    while frontier:
        if stop := limit(len(seen.visits) - before, worker, options, deadline):
            seen.notes.append(f"the crawl ended at {stop}; {len(frontier)} URLs were left")
            break
        turn, target = frontier.pop()
        if target.route in seen.costly:
            continue
        if turn and seen.reached.get(target.route, target.user) != target.user:
            continue
        done = len(seen.visits) - before
        total = min(options.max_requests, done + len(frontier) + 1)
        progress(f"visiting {target.path}", done, total)
        _visit(worker, seen, frontier, target, options)
    seen.waiting |= {frontier.pop()[1].route for _ in range(len(frontier))}


def limit(done: int, worker: Worker, options: Options, deadline: float) -> str:
    """Why it is time to end, if it is."""
    if done >= options.max_requests:
        return f"{options.max_requests} requests (--max-requests)"
    if time.monotonic() > deadline:
        return f"{options.max_seconds:g} seconds (--max-seconds)"
    if worker.lost >= MAX_LOST:
        return f"{worker.lost} lost workers"
    return ""


def _visit(
    worker: Worker, seen: Crawl, frontier: Frontier, target: Target, options: Options
) -> None:
    visit, response = worker.visit(target, options.request_seconds)
    seen.visits.append(visit)
    if visit.lost:
        seen.costly.add(target.route)
    if response is None:
        return
    if visit.ok:
        seen.reached.setdefault(target.route, target.user)
    for link in _leads(response):
        _follow(seen, frontier, link)
    if visit.ok and not target.headers and _is_page_of_api(seen, target, response):
        _visit(worker, seen, frontier, replace(target, headers=_JSON, name="JSON"), options)
    elif visit.ok and visit.writes and not target.name and target.route not in seen.asked_again:
        seen.asked_again.add(target.route)
        _visit(worker, seen, frontier, replace(target, name="again"), options)


def _is_page_of_api(seen: Crawl, target: Target, response: Response) -> bool:
    """Whether an API has answered as to a browser, so that programs get something else."""
    route = seen.routes.get(target.route)
    kind = response.header("Content-Type") or ""
    return route is not None and route.api and kind.startswith("text/html")


def _leads(response: Response) -> list[Mapping[str, Any]]:
    return [*response.links, *response.reversed]


def _follow(seen: Crawl, frontier: Frontier, link: Mapping[str, Any]) -> None:
    route = seen.routes.get(link.get("route"))
    if route is None or link.get("logout") or route.destructive or not route.readable:
        return
    path, query = split_url(link["url"])
    if not destructive(path, query):
        _queue(seen, frontier, route, path, query)


def _queue(seen: Crawl, frontier: Frontier, route: KnownRoute, path: str, query: str) -> None:
    users = [seen.users[-1]] if route.admin else seen.users
    frontier.add_for(Target(path, query, None, route.pattern), users, route)


def _missing_users(worker: Worker) -> list[str]:
    return [
        f"nobody could be logged in as {name}: {facts.get('reason') or 'no such user'}"
        for name, facts in worker.users.items()
        if name is not None and name not in worker.names
    ]
