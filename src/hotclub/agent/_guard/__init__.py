"""Keeps this interpreter inside its workspace: the second layer of the guard.

The first is libhotclub_guard.so (engine/src/guard, where the variables are explained). This one
is an audit hook that reads the same variables, refuses the same things and writes the same log,
so that a workspace is closed where a library cannot be preloaded; and it knows the names that
the project meant, so that its messages are plain. An audit hook cannot be taken off again.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

from hotclub.agent._guard._files import Files
from hotclub.agent._guard._log import Log
from hotclub.agent._guard._net import Net
from hotclub.agent._guard._programs import Programs


def install() -> bool:
    """Closes this interpreter as the environment says; False if it says nothing."""
    allow, write = os.environ.get("HOTCLUB_GUARD_ALLOW"), os.environ.get("HOTCLUB_GUARD_WRITE")
    log = Log(os.environ.get("HOTCLUB_GUARD_LOG"))
    roots = tuple(os.path.realpath(root) for root in (write or "").split(":") if root[:1] == "/")
    checks: dict[str, Callable[..., None]] = {}
    if allow is not None:
        checks |= Net(allow, roots, log).events
    if write is not None:
        checks |= Files(roots, log).events
    if reads := os.environ.get("HOTCLUB_GUARD_READS"):
        checks |= Programs(reads).events

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        check = checks.get(event)
        if check is not None and not log.is_writing:
            check(*arguments)

    if checks:
        sys.addaudithook(hook)
    return bool(checks)
