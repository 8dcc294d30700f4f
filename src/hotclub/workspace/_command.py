"""A command of the project's own at work in a workspace: guarded like every child."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hotclub.workspace._errors import ChildDied
from hotclub.workspace._log import tail
from hotclub.workspace._watched import watched

_END = "kill -KILL 0"


@dataclass(frozen=True)
class Room:
    """Where a command can run: a tree of its own, a directory for the run, its environment with
    databases of its own. ``at_end`` gives them back."""

    tree: Path
    run: Path
    environ: Mapping[str, str]
    at_end: Callable[[], None]


def booted(environ: Mapping[str, str], root: Path, python: Path) -> dict[str, str]:
    """The environment of a room in the workspace at ``root``: every Python process begins with
    the agent, and what is installed beside the project's interpreter is found first."""
    boot = root / "agent" / "hotclub" / "agent" / "recorder" / "boot"
    added = {"PYTHONPATH": boot, "PATH": python.parent}
    kept = {name: environ.get(name, "") for name in added}
    return {
        **environ,
        **{name: os.pathsep.join(filter(None, (str(added[name]), kept[name]))) for name in added},
    }


class Command:
    """A running command, standing in its room's tree. A context manager that ends it and its group
    of processes (one in a session of its own goes on); it ends with the driver as well."""

    def __init__(self, argv: Sequence[str], room: Room, environ: Mapping[str, str]) -> None:
        self.log_path = room.run / "log.txt"
        waiting, self._lifeline = os.pipe()
        try:
            with open(self.log_path, "ab") as log:
                self._process = subprocess.Popen(
                    watched(argv, _END),
                    cwd=room.tree,
                    env=dict(environ),
                    stdin=waiting,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
        except OSError as error:
            os.close(self._lifeline)
            raise ChildDied(f"{argv[0]} does not start: {error}") from None
        finally:
            os.close(waiting)

    def wait(self, seconds: float) -> int | None:
        """Its exit status, 128 and the signal where one ended it; None if it goes on after so
        many seconds."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def log_tail(self) -> str:
        """The end of what it printed."""
        return tail(self.log_path)

    def __enter__(self) -> Command:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        os.close(self._lifeline)
