"""Making recorded requests again: one fresh process on one fresh clone is one run."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from hotclub.errors import HotclubError
from hotclub.proof._copies import Copies
from hotclub.proof.model import Answer, Request
from hotclub.recording import is_safe
from hotclub.workspace import MIGRATE_SECONDS, Child, Masters, Response, Workspace

REQUEST_SECONDS = 20.0
BODY_BYTES = 8 * 1024 * 1024

Tick = Callable[[str], None]
Prepare = Sequence[tuple[str, Mapping[str, Any]]]
"""What the agent is to do in a process before the first request: operations and their fields."""


class Run:
    """One tree at work: starts its process when first asked, and again when it dies.

    One that is ``timed`` has databases on servers that know their statistics, as in production.
    ``masters`` gives the databases that have had its tree's new migrations, if there are some; it
    may give None, and each clone is migrated then.
    """

    def __init__(
        self,
        workspace: Workspace,
        tree: Path,
        name: str,
        *,
        analyze: bool = False,
        masters: Callable[[], Masters | None] | None = None,
        prepare: Prepare = (),
        timed: bool = False,
        first: Sequence[Request] = (),
    ):
        self.workspace = workspace
        self.tree = tree
        self.name = name
        self.analyze = analyze
        self.masters = masters
        self.prepare = prepare
        self.prepared: list[Mapping[str, Any]] = []
        self.timed = timed
        self.first = first
        self.before: dict[str, Answer] = {}
        """By label, the answers to the requests that each process begins with."""
        self._copies = Copies(workspace.root)
        self._child: Child | None = None
        self._starts = 0
        self._asked = 0

    def __enter__(self) -> Run:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process; a later :meth:`ask` starts a new one on a new clone."""
        if self._child is not None:
            self._child.close()
            self._child = None

    def ask(self, request: Request) -> Answer:
        """Make one request. A process that hangs or dies costs this request only."""
        try:
            return self._answer(self._started(), request)
        except HotclubError as failure:
            if self._child is not None:
                self._child.kill()
                self._child = None
            return Answer(0, (), b"", 0, 0.0, error=str(failure))

    def work(self, request: Request) -> int | None:
        """What the statements of one request are to the database, counted; None if it fails, or
        where nobody can count it."""
        try:
            response = self._response(self._started(), request, work=True)
        except HotclubError:
            self.close()
            return None
        return response.work if response.status < 500 else None

    def begin(self) -> None:
        """Start the process, if it does not run, and make the first requests there."""
        with contextlib.suppress(HotclubError):  # the next request says so
            self._started()

    def _started(self) -> Child:
        if self._child is None:
            child = self._child = self._start()
            self.before = {one.label: self._answer(child, one) for one in self.first}
        return self._child

    def _answer(self, child: Child, request: Request) -> Answer:
        """The answer, and what a request that may write has left in the tables it wrote to."""
        response = self._response(child, request)
        state: Mapping[str, str] = {}
        if not is_safe(request.method) and response.written:
            state = child.call("state", tables=response.written)["state"]
        return replace(_answer(self._copies, response), state=state)

    def _response(self, child: Child, request: Request, work: bool = False) -> Response:
        self._asked += 1
        return child.ask(
            request, index=self._asked, seconds=REQUEST_SECONDS, size=BODY_BYTES, work=work
        )

    def _start(self) -> Child:
        self._starts += 1
        name = f"{self.name}-{self._starts}"
        depth = "light" if self.timed else None
        masters = self.masters() if self.masters else None
        child = self.workspace.child(
            self.tree, name, depth=depth, analyze=self.analyze, masters=masters
        )
        if self.masters and masters is None:  # the clone is that of the unchanged tree's database
            child.call("migrate", timeout=MIGRATE_SECONDS, analyze=self.analyze, timed=self.timed)
        self.prepared = [
            child.call(op, timeout=MIGRATE_SECONDS, **fields) for op, fields in self.prepare
        ]
        child.call("users")
        return child

    def gather(self, op: str) -> Mapping[str, Any]:
        """What the process has to say of itself; nothing if it is gone."""
        try:
            return self._child.call(op) if self._child is not None else {}
        except HotclubError:
            return {}


@dataclass(frozen=True)
class Replay:
    """Answers to requests in order; what was done before them, and gathered after each."""

    answers: list[Answer] = field(default_factory=list)
    gathered: list[Mapping[str, Any]] = field(default_factory=list)
    prepared: list[Mapping[str, Any]] = field(default_factory=list)


def replay(
    run: Run,
    requests: Sequence[Request],
    tick: Tick,
    gather: str = "",
    *,
    to_failure: bool = False,
) -> Replay:
    """Make all requests in order, in a process that starts for them and ends after; with
    ``to_failure`` none after the first that fails."""
    found = Replay()
    with run:
        for request in requests:
            tick(request.label)
            found.answers.append(run.ask(request))
            if gather:
                found.gathered.append(run.gather(gather))
            if to_failure and found.answers[-1].failure:
                break
        found.prepared.extend(run.prepared)
    return found


def alternate(
    runs: tuple[Run, Run],
    requests: Sequence[Request],
    *,
    rounds: int,
    seconds: float,
    tick: Tick,
) -> Generator[list[tuple[float, float]], None, None]:
    """For each request, paired (old, new) milliseconds from two processes that take turns.

    The first pair warms caches and is thrown away; who goes first changes each time, so that
    neither side gains by its place. A request slower than ``seconds`` in all gets fewer pairs.
    """
    with ExitStack() as stack:
        old, new = (stack.enter_context(run) for run in runs)
        for request in requests:
            tick(request.label)
            yield list(_pairs(old, new, request, rounds, seconds))


def _pairs(
    old: Run, new: Run, request: Request, rounds: int, seconds: float
) -> Iterator[tuple[float, float]]:
    spent = 0.0
    for turn in range(rounds + 1):
        if turn % 2:
            after, before = new.ask(request), old.ask(request)
        else:
            before, after = old.ask(request), new.ask(request)
        if before.error or after.error:
            return
        if turn:
            yield before.milliseconds, after.milliseconds
        spent += (before.milliseconds + after.milliseconds) / 1000
        if spent > seconds:
            return


def _answer(copies: Copies, response: Response) -> Answer:
    raised = response.error if response.status >= 500 else None
    headers, body = copies.blank(response.headers, response.body)
    return Answer(
        status=response.status,
        headers=headers,
        body=body,
        queries=response.queries,
        milliseconds=response.duration_ms,
        truncated=bool(response.truncated) or response.size > len(response.body),
        error=f"{raised['type']}: {raised['message']}" if raised else "",
    )
