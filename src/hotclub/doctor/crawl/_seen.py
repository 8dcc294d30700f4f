"""What a crawl has seen, and what it leads to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hotclub.doctor.crawl._frontier import Frontier
from hotclub.doctor.crawl._routes import KnownRoute, Routes
from hotclub.doctor.crawl._targets import Target, destructive, split_url
from hotclub.doctor.crawl._visits import Visit


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


def follow(seen: Crawl, frontier: Frontier, link: Mapping[str, Any]) -> None:
    """Queue what a link of a response's leads to, unless that would log out or destroy."""
    route = seen.routes.get(link.get("route"))
    if route is None or link.get("logout") or route.destructive or not route.readable:
        return
    path, query = split_url(link["url"])
    if not destructive(path, query):
        queue(seen, frontier, route, path, query)


def queue(seen: Crawl, frontier: Frontier, route: KnownRoute, path: str, query: str) -> None:
    """Queue a URL of a route, as everybody who may see something else there."""
    users = [seen.users[-1]] if route.admin else seen.users
    frontier.add_for(Target(path, query, None, route.pattern), users, route)
