"""The worker's start: what must have happened before any of the project's code runs.

The wires to the driver are moved out of the way and hidden from whatever the project starts;
the guard and the seeded sources of randomness are put in; the search path is the one that
``manage.py`` would see, in the copy. Then calls are answered until the driver hangs up.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import resource
import signal
import sys
from typing import Any

from hotclub.agent.worker import _determinism, _guarded, _paths, _protocol

_SAFE_DESCRIPTOR = 200


def main() -> None:
    """Answer the driver's calls until it says ``quit`` or hangs up; ends the process."""
    wire = _take_wires(os.environ.pop("HOTCLUB_AGENT_WIRES"))
    with open(os.environ.pop("HOTCLUB_AGENT_CONFIG"), encoding="utf-8") as file:
        config: dict[str, Any] = json.load(file)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _guarded.install()
    _determinism.install(config["seed"])
    _paths.enter(config)
    _protocol.serve(wire, config)
    with contextlib.suppress(Exception):
        sys.stdout.flush()
    os._exit(0)


def _take_wires(wires: str) -> int:
    wire, lifeline = (_move(int(number)) for number in wires.split(","))
    _die_with_driver(lifeline)
    return wire


def _move(descriptor: int) -> int:
    """Move a descriptor where no project expects one, closed in what the project starts."""
    moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _SAFE_DESCRIPTOR)
    os.close(descriptor)
    return moved


def _die_with_driver(lifeline: int) -> None:
    """Have the kernel kill this process when the driver's end of the pipe is closed.

    Nobody writes to the pipe, so the only signal-driven event is its end; SIGKILL works while
    the project's code sleeps, spins or holds the interpreter's lock.
    """
    with contextlib.suppress(OSError, AttributeError):
        fcntl.fcntl(lifeline, fcntl.F_SETSIG, signal.SIGKILL)
        fcntl.fcntl(lifeline, fcntl.F_SETOWN, os.getpid())
        flags = fcntl.fcntl(lifeline, fcntl.F_GETFL)
        fcntl.fcntl(lifeline, fcntl.F_SETFL, flags | os.O_ASYNC)
