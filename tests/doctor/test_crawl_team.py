"""A crawl that several workers share: the same visits as of one, what is written there for all."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from bookshop import fill, write

from hotclub.doctor import Options
from hotclub.doctor.crawl import Target, Team, Visit, Worker, crawl
from hotclub.doctor.crawl._routes import KnownRoute, Routes
from hotclub.doctor.crawl._seen import Crawl
from hotclub.doctor.diagnosis import silent
from hotclub.errors import HotclubError
from hotclub.project import Project
from hotclub.recording import Recording
from hotclub.workspace import ChildDied, Workspace

PAGES = 40
WRITING, DEADLY = 7, 11


class Site:
    """A worker of a site whose page N links to 2N and 2N + 1, by random leaps of time."""

    def __init__(self, chance: Random) -> None:
        self.lost = 0
        self.asked: list[tuple[str, bool]] = []
        self._chance = chance

    def start(self) -> None:
        pass

    def call(self, op: str, **fields: Any) -> dict[str, Any]:
        if op == "parameters":
            examples = [{"path": "/1/"}] if fields["route"] == 1 else []
            return {"examples": examples, "reason": "none"}
        return {"links": []}

    def visit(self, target: Target, seconds: float, *, recorded: bool = True) -> tuple[Visit, Any]:
        time.sleep(self._chance.random() / 500)
        self.asked.append((target.label, recorded))
        number = int(target.path.strip("/"))
        if number == DEADLY:
            self.lost += 1
            return Visit.without_answer(target, ChildDied("gone")), None
        links = [
            {"route": f"{one}/", "url": f"/{one}/{query}"}
            for one in (2 * number, 2 * number + 1, 3, number // 2)
            for query in ("", f"?page={number}")
            if 0 < one <= PAGES
        ]
        answer = SimpleNamespace(links=links, reversed=[], header=lambda _: "text/html")
        writes = number == WRITING
        return Visit(target, 200, queries=number, writes=writes), answer


def routes() -> Routes:
    return Routes(
        KnownRoute(one, f"{one}/", f"p{one}", f"v{one}", True, False, False, ())
        for one in range(1, PAGES + 1)
    )


def visited(workers: int, **options: Any) -> tuple[Crawl, list[Site]]:
    sites: list[Any] = [Site(Random(number)) for number in range(workers)]
    seen = Crawl(routes(), [None, "user", "staff"])
    crawl(sites, seen, Options(**options), silent)
    return seen, sites


def test_several_visit_what_one_would_in_the_same_order() -> None:
    alone, _ = visited(1)
    shared, sites = visited(3)
    assert len(alone.visits) > 2 * PAGES
    assert shared.visits == alone.visits
    assert (shared.reached, shared.costly) == (alone.reached, alone.costly)
    for site in sites:
        assert sum(recorded for _, recorded in site.asked) > len(alone.visits) / 6


def test_a_route_is_asked_for_by_one_worker_and_what_it_writes_by_all() -> None:
    _, sites = visited(2)
    owners: dict[str, set[int]] = {}
    repeated = []
    for number, site in enumerate(sites):
        for label, recorded in site.asked:
            if recorded:
                owners.setdefault(label.split("?")[0].split(" (")[0], set()).add(number)
            else:
                repeated.append(label)
    assert all(len(some) == 1 for some in owners.values())
    assert repeated and all(f"/{WRITING}/" in label for label in repeated)


def test_limits_hold_for_all_together() -> None:
    seen, _ = visited(2, max_requests=10)
    assert len(seen.visits) == 10
    assert any("ended at 10 requests" in note for note in seen.notes)
    assert seen.waiting
    seen, _ = visited(2, max_seconds=0.0)
    assert not seen.visits
    assert any("(--max-seconds)" in note for note in seen.notes)


def test_one_that_cannot_be_started_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: Site) -> None:
        raise HotclubError("too many connections")

    alone, _ = visited(1)
    monkeypatch.setattr(Site, "start", fail)
    seen, (first, second) = visited(2)
    assert seen.visits == alone.visits
    assert seen.notes == [*alone.notes, "one process fewer shared the crawl: too many connections"]
    assert first.asked and not second.asked


def test_what_a_worker_raises_ends_the_crawl(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: Site, *_: object, **how: object) -> None:
        raise HotclubError("12 workers were lost")

    monkeypatch.setattr(Site, "visit", fail)
    with pytest.raises(HotclubError, match="12 workers"):
        visited(2)


URLS = """
from django.http import HttpResponse
from django.urls import path
from books.models import Author

def counted(request):
    Author.objects.filter(pk=1).update(name="seen")
    return HttpResponse("counted")

def shown(request):
    return HttpResponse(Author.objects.get(pk=1).name)

urlpatterns = [path("counted/", counted), path("shown/", shown)]
"""


def _answers(team: Team, visit: Callable[..., Any], targets: Sequence[Target]) -> list[Any]:
    asked = [team.give(one.route, partial(visit, target=one, seconds=10.0)) for one in targets]
    return [future.result().result for future in asked]


def test_every_clone_has_what_was_written_and_the_recording_each_request_once(
    tmp_path: Path,
) -> None:
    project = Project.find(fill(write(tmp_path / "shop", config__urls=URLS)), python=sys.executable)
    counted = Target("/counted/", "", None, "counted/")
    shown = Target("/shown/", "", None, "shown/")
    with Workspace.create(project) as workspace:
        deep = workspace.path("recordings", "deep.hclb")
        workers = [Worker(workspace, "crawl", deep, "deep") for _ in range(2)]
        with workers[0], workers[1], Team(workers) as team:
            _answers(team, Worker.visit, [counted])
            team.note(counted, 1, True, 10.0)
            ((_, response),) = _answers(team, Worker.visit, [shown])
        assert response.body == b"seen"
        with Recording.open(deep) as recording:
            labels = [one.label for one in recording.requests()]
    assert sorted(map(str, labels)) == ["GET /counted/", "GET /shown/"]
