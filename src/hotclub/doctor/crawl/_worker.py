"""A child of the workspace that is replaced when a request costs it its life."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hotclub.doctor.crawl._targets import Target
from hotclub.doctor.crawl._visits import Visit
from hotclub.errors import HotclubError
from hotclub.workspace import AgentError, Asked, Child, ChildError, Response, Workspace

MAX_LOST = 12
"""Workers that a crawl may cost before it gives up."""


class Worker:
    """Makes requests; a hanging or dying one costs a child, never the crawl.

    A replacement begins on a fresh clone of the databases and goes on with the same recording.
    """

    def __init__(self, workspace: Workspace, run: str, recording: Path, depth: str) -> None:
        self._workspace = workspace
        self._run = run
        self._recording = recording
        self._depth = depth
        self._child: Child | None = None
        self.users: dict[str | None, Any] = {None: {}}
        self.lost = 0

    @property
    def child(self) -> Child:
        """The living child; started, with its users, where there is none."""
        if self._child is None:
            self._child = self._workspace.child(
                run=self._run, recording=self._recording, depth=self._depth
            )
            self.users = {None: {}}
            self.users.update(self._child.call("users"))
        return self._child

    def start(self) -> None:
        """Start a child, where there is none."""
        assert self.child is not None

    @property
    def names(self) -> list[str | None]:
        """Nobody, and those users that could be logged in; staff last."""
        found = [name for name, facts in self.users.items() if name is None or _exists(facts)]
        return sorted(found, key=lambda name: name == "staff")

    def call(self, op: str, **fields: Any) -> dict[str, Any]:
        """Any operation of the agent's."""
        return self.child.call(op, **fields)

    def ask(self, asked: Asked, **how: Any) -> Response:
        """Make one request; see :meth:`hotclub.workspace.Child.ask`.

        Raises:
            ChildError: it hung or its process died; the next request gets a new one.
            HotclubError: too many were lost.
        """
        if self.lost >= MAX_LOST:
            raise HotclubError(f"{self.lost} workers were lost to requests that hang or die")
        child = self.child
        try:
            return child.ask(asked, **how)
        except ChildError:
            self.lost += 1
            self._child = None
            raise

    def visit(
        self, target: Target, seconds: float, *, recorded: bool = True
    ) -> tuple[Visit, Response | None]:
        """Ask for a target. That nobody could be logged in, and that it cost the child, is what
        came of the visit; there is no response then.

        Raises:
            HotclubError: too many children were lost.
        """
        try:
            response = self.ask(target, seconds=seconds, links=recorded, recorded=recorded)
        except AgentError as error:
            return Visit(target, 0, problem=error.detail), None
        except ChildError as error:
            return Visit.without_answer(target, error), None
        return Visit.answered(target, response), response

    def close(self) -> None:
        """End the child in an orderly way, so that its recording is complete."""
        if self._child is not None:
            self._child.close()
            self._child = None

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _exists(facts: Any) -> bool:
    return isinstance(facts, dict) and facts.get("pk") is not None
