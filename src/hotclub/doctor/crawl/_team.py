"""Workers that share a crawl, each with a clone of the databases and a process of its own.

Every URL of a route is asked by the same worker, so what a route keeps in its process (a cache, a
class's attribute) is met there as one process would meet it. A new route goes to the worker that
has had least to do so far, told by queries and not by the clock: the same project is shared out in
the same way each time, and what is seen does not depend on who was quicker.

What a request writes is there for all: the others make it as well, without recording it, before
anything else that they were given. What they had answered already without it is out of date.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from hotclub.doctor.crawl._targets import Target
from hotclub.doctor.crawl._worker import Worker
from hotclub.errors import HotclubError

Result = TypeVar("Result")
ONE_REQUEST = 20
"""What a request is to a worker, in queries, beside its own."""


@dataclass(frozen=True)
class Done(Generic[Result]):
    """What came of something that a worker was given, and how many writes of others it had made
    when it began with that."""

    result: Result
    repeated: int


class _Member:
    """A worker with a thread of its own."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker
        self.load = 0
        self.wrote = 0
        self._repeated = 0
        self._urgent: deque[Callable[[], None]] = deque()
        self._given: deque[Callable[[], None]] = deque()
        self._thread = ThreadPoolExecutor(1)
        self._started: Future[None] | None = None

    def give(self, work: Callable[[Worker], Result]) -> Future[Done[Result]]:
        """Something to do after all that was given before."""
        future: Future[Done[Result]] = Future()
        self.load += ONE_REQUEST
        self._given.append(partial(self._do, work, future))
        self._thread.submit(self._next)
        return future

    def repeat(self, target: Target, seconds: float) -> None:
        """A request of another's to make before anything else."""
        self.load += ONE_REQUEST
        self._urgent.append(partial(self._again, target, seconds))
        self._thread.submit(self._next)

    def start(self) -> None:
        """Start the worker, if it does not run."""
        self._started = self._thread.submit(self.worker.start)

    def problem(self) -> BaseException | None:
        """Why it could not be started, once that is known."""
        return self._started.exception() if self._started is not None else None

    def end(self, wait: bool) -> None:
        """Do nothing more of what was given."""
        self._thread.shutdown(wait=wait, cancel_futures=True)

    def _next(self) -> None:
        (self._urgent or self._given).popleft()()

    def _do(self, work: Callable[[Worker], Any], future: Future[Any]) -> None:
        repeated = self._repeated
        try:
            future.set_result(Done(work(self.worker), repeated))
        except BaseException as error:
            future.set_exception(error)

    def _again(self, target: Target, seconds: float) -> None:
        self._repeated += 1
        self.worker.visit(target, seconds, recorded=False)


class Team:
    """One worker or several; a context manager that ends what they were asked for last. Used by
    one thread; each worker is a thread's own until the block ends. The first runs already; of the
    others those that cannot be started are left out, which is said in ``notes``."""

    def __init__(self, workers: Sequence[Worker]) -> None:
        self.notes: list[str] = []
        self._members = list(map(_Member, workers))
        self._owners: dict[str, _Member] = {}

    def __enter__(self) -> Team:
        for member in self._members[1:]:
            member.start()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        for member in self._members:
            member.end(wait=False)
        for member in self._members:
            member.end(wait=True)

    @property
    def lost(self) -> int:
        """Children that the crawl has cost."""
        return sum(member.worker.lost for member in self._members)

    def give(self, route: str, work: Callable[[Worker], Result]) -> Future[Done[Result]]:
        """Have the worker of a route do something."""
        if not self._owners:
            self._leave_out()
        if route not in self._owners:
            self._owners[route] = min(self._members, key=lambda member: member.load)
        return self._owners[route].give(work)

    def note(self, target: Target, queries: int, wrote: bool, seconds: float) -> None:
        """Note what a request was to the worker of its route; one that ``wrote`` is made by the
        others too."""
        owner = self._owners[target.route]
        owner.load += queries
        owner.wrote += wrote
        for member in self._members if wrote else ():
            if member is not owner:
                member.repeat(target, seconds)

    def is_stale(self, route: str, done: Done[Any]) -> bool:
        """Whether something has been written meanwhile that the worker of the route did not know
        of."""
        owner = self._owners[route]
        return done.repeated < sum(member.wrote for member in self._members if member is not owner)

    def _leave_out(self) -> None:
        """Go on without those that could not be started, before any has something to do."""
        for member in list(self._members):
            problem = member.problem()
            if problem is None:
                continue
            if not isinstance(problem, HotclubError):
                raise problem
            member.end(wait=False)
            self._members.remove(member)
            self.notes.append(f"one process fewer shared the crawl: {problem}")
