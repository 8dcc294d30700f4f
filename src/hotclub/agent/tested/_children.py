"""What a test starts with an environment of its own is guarded and turned to the copies too.

The variables that do it are put back into the environment before the program starts. Where that
cannot be done the program is refused.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

_KEPT = ("LD_PRELOAD", "HOTCLUB_AGENT_CONFIG", "HOTCLUB_TESTS", "PYTHONPATH")
_PREFIX = "HOTCLUB_GUARD_"


def complete() -> None:
    """From now on, in this process."""
    wanted = {
        name: value
        for name, value in os.environ.items()
        if name in _KEPT or name.startswith(_PREFIX)
    }
    checks: dict[str, Callable[..., None]] = {
        "subprocess.Popen": lambda program, words, cwd, env: _put_back(env, wanted),
        "os.exec": lambda path, words, env: _check(env, wanted),
        "os.posix_spawn": lambda path, words, env: _check(env, wanted),
    }

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        check = checks.get(event)
        if check is not None:
            check(*arguments)

    sys.addaudithook(hook)


def _put_back(env: Any, wanted: dict[str, str]) -> None:
    if env is None or env is os.environ:
        return
    if not isinstance(env, dict) or any(isinstance(name, bytes) for name in env):
        _check(env, wanted)
        return
    for name, value in wanted.items():
        env.setdefault(name, value)


def _check(env: Any, wanted: dict[str, str]) -> None:
    if env is None or env is os.environ:
        return
    left = [name for name in wanted if name not in env and os.fsencode(name) not in env]
    if left:
        raise PermissionError(
            f"hotclub: in its workspace a program needs the variables {', '.join(sorted(left))}"
        )
