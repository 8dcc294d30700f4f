"""Going through the frontier, with as many targets under way as there is room for.

A target is taken from the frontier when all but the last few of those before it are over and what
they lead to is queued. So the order in which targets are taken, and with it which there are, is the
same with one worker and with several, whoever is quicker. What was asked too early for something
that one before it has written is asked again.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from functools import partial

from hotclub.doctor.crawl._frontier import Frontier
from hotclub.doctor.crawl._seen import Crawl, follow
from hotclub.doctor.crawl._targets import Target
from hotclub.doctor.crawl._team import Done, Team
from hotclub.doctor.crawl._visits import Visit
from hotclub.doctor.crawl._worker import MAX_LOST, Worker
from hotclub.doctor.diagnosis import Options, Progress
from hotclub.workspace import Response

AHEAD = 128
"""Targets that are taken before the first of them is over."""
_JSON = (("Accept", "application/json"),)

Asked = tuple[Visit, Response | None]
_Answers = list[Asked] | None
_Work = Callable[[Worker], _Answers]
_UnderWay = tuple[Target, _Work, Future[Done[_Answers]]]


def limit(done: int, lost: int, options: Options, deadline: float) -> str:
    """Why it is time to end, if it is."""
    if done >= options.max_requests:
        return f"{options.max_requests} requests (--max-requests)"
    if time.monotonic() > deadline:
        return f"{options.max_seconds:g} seconds (--max-seconds)"
    if lost >= MAX_LOST:
        return f"{lost} lost workers"
    return ""


@dataclass
class Visiting:
    """One go through a frontier by a team."""

    team: Team
    seen: Crawl
    frontier: Frontier
    options: Options
    progress: Progress
    _under_way: deque[_UnderWay] = field(default_factory=deque)
    _done: int = 0
    _left: list[Target] = field(default_factory=list)
    _deadline: float = 0.0

    def run(self) -> None:
        """Visit until nothing is left, or a limit is reached, which becomes a note."""
        self._deadline = time.monotonic() + self.options.max_seconds
        stop = ""
        while self.frontier or self._under_way:
            stop = self._limit(self._done + len(self._under_way))
            if self.frontier and not stop and len(self._under_way) < AHEAD:
                self._take()
            elif self._under_way:
                self._finish()
            else:
                break
        self._left += [self.frontier.pop()[1] for _ in range(len(self.frontier))]
        if self._left:
            stop = stop or self._limit(self._done)
            note = f"the crawl ended at {stop}; {len(self._left)} URLs were left"
            self.seen.notes.append(note)
        self.seen.waiting |= {target.route for target in self._left}

    def _limit(self, done: int) -> str:
        return limit(done, self.team.lost, self.options, self._deadline)

    def _take(self) -> None:
        turn, target = self.frontier.pop()
        work = partial(self._ask_in_time, turn, target)
        self._under_way.append((target, work, self.team.give(target.route, work)))

    def _finish(self) -> None:
        """Wait for the target that was taken first, and queue what it leads to."""
        target, work, future = self._under_way[0]
        waiting = len(self._under_way) + len(self.frontier)
        total = min(self.options.max_requests, self._done + waiting)
        self.progress(f"visiting {target.path}", self._done, total)
        asked = self._up_to_date(target.route, work, future.result())
        self._under_way.popleft()
        if asked is None:
            self._left.append(target)
            return
        for visit, response in asked:
            self._note(visit, response)

    def _up_to_date(self, route: str, work: _Work, done: Done[_Answers]) -> _Answers:
        """The answers, asked for again if something was written meanwhile. What has written itself
        is not made to write twice, and what had no answer has not got one now."""
        final = any(visit.writes or not response for visit, response in done.result or ())
        if done.result and not final and self.team.is_stale(route, done):
            return self.team.give(route, work).result().result
        return done.result

    def _note(self, visit: Visit, response: Response | None) -> None:
        self._done += 1
        self.seen.visits.append(visit)
        seconds = self.options.request_seconds
        self.team.note(visit.target, visit.queries, visit.writes > 0, seconds)
        if response is not None:
            for link in (*response.links, *response.reversed):
                follow(self.seen, self.frontier, link)

    def _ask_in_time(self, turn: int, target: Target, worker: Worker) -> _Answers:
        """Everything that is asked of one target; None if the time is over. In a worker's thread,
        which alone knows of the routes that it asks for."""
        if limit(0, self.team.lost, self.options, self._deadline):
            return None
        if target.route in self.seen.costly:
            return []
        if turn and self.seen.reached.get(target.route, target.user) != target.user:
            return []
        return list(self._ask(target, worker))

    def _ask(self, target: Target, worker: Worker) -> Iterator[Asked]:
        seen = self.seen
        visit, response = worker.visit(target, self.options.request_seconds)
        yield visit, response
        if visit.lost:
            seen.costly.add(target.route)
        if response is None:
            return
        if visit.ok:
            seen.reached.setdefault(target.route, target.user)
        if visit.ok and not target.headers and _is_page_of_api(seen, target, response):
            yield from self._ask(replace(target, headers=_JSON, name="JSON"), worker)
        elif visit.ok and visit.writes and not target.name and target.route not in seen.asked_again:
            seen.asked_again.add(target.route)
            yield from self._ask(replace(target, name="again"), worker)


def _is_page_of_api(seen: Crawl, target: Target, response: Response) -> bool:
    """Whether an API has answered as to a browser, so that programs get something else."""
    route = seen.routes.get(target.route)
    kind = response.header("Content-Type") or ""
    return route is not None and route.api and kind.startswith("text/html")
