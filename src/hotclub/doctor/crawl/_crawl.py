"""The crawl: breadth first over routes, users and what the responses lead to.

It begins with every route that can be reversed with values from the database, and goes on with
links, JSON URLs, ``reverse()`` calls and redirect targets of the responses. Only GET is asked.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from hotclub.doctor.crawl._frontier import Frontier
from hotclub.doctor.crawl._routes import KnownRoute, Routes
from hotclub.doctor.crawl._seen import Crawl, follow, queue
from hotclub.doctor.crawl._targets import split_url
from hotclub.doctor.crawl._team import Team
from hotclub.doctor.crawl._visiting import Visiting
from hotclub.doctor.crawl._worker import Worker
from hotclub.doctor.diagnosis import Options, Progress
from hotclub.workspace import AgentError


def begin(worker: Worker) -> Crawl:
    """The routes and the users, nothing asked for yet."""
    routes = Routes(map(KnownRoute.read, worker.call("routes")["routes"]))
    seen = Crawl(routes, worker.names)
    seen.notes += _missing_users(worker)
    return seen


def crawl(workers: Sequence[Worker], seen: Crawl, options: Options, progress: Progress) -> None:
    """Visit the project with these workers, the first of which has a child, within the options'
    limits."""
    frontier = Frontier(options.samples)
    with Team(workers) as team:
        left = _seed(workers[0], seen, frontier, options, progress)
        if left:
            told = f"{left} routes were not looked at in the time there is (--max-seconds)"
            seen.notes.append(told)
        Visiting(team, seen, frontier, options, progress).run()
        seen.notes += team.notes


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
            queue(seen, frontier, route, path, query)
    for link in worker.call("absolute_urls", count=options.samples)["links"]:
        follow(seen, frontier, link)
    return left


def _missing_users(worker: Worker) -> list[str]:
    return [
        f"nobody could be logged in as {name}: {facts.get('reason') or 'no such user'}"
        for name, facts in worker.users.items()
        if name is not None and name not in worker.names
    ]
