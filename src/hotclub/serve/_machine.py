"""What the machine and its environment give: addresses, cores, a fit interpreter."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from hotclub.errors import HotclubError

DEFAULT_BIND = "127.0.0.1:8000"


def usable_cores() -> int:
    """The cores this process may use: its affinity mask, cut to a container's CPU quota."""
    cores = len(os.sched_getaffinity(0))
    quota = _cgroup_quota()
    return max(1, min(cores, round(quota))) if quota else cores


def _cgroup_quota() -> float | None:
    """Cores granted by the control group's ``cpu.max`` (version 2), None when unlimited."""
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        return None if quota == "max" else int(quota) / int(period)
    except (OSError, ValueError, ZeroDivisionError):
        return None


def default_binds() -> tuple[str, ...]:
    """``$PORT`` on every address, as platforms that set it expect; else port 8000 on loopback."""
    port = os.environ.get("PORT")
    return (f"0.0.0.0:{port}",) if port else (DEFAULT_BIND,)


def default_workers() -> int:
    """``$WEB_CONCURRENCY``, else the usable cores."""
    wanted = os.environ.get("WEB_CONCURRENCY", "")
    if not wanted:
        return usable_cores()
    if not wanted.isdigit() or int(wanted) < 1:
        raise HotclubError(f"$WEB_CONCURRENCY must be a whole number of at least 1, not {wanted!r}")
    return int(wanted)


def default_trusted() -> tuple[str, ...]:
    """``$FORWARDED_ALLOW_IPS``, else this machine alone."""
    wanted = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1,::1")
    return tuple(item.strip() for item in wanted.split(",") if item.strip())


def check_interpreter() -> None:
    """Raise HotclubError where Python runs without its global lock.

    A free-threaded build switches the lock on when it imports ``hotclub._native``, unless it was
    told not to.
    """
    enabled = getattr(sys, "_is_gil_enabled", None)
    if enabled is not None and not enabled():
        raise HotclubError(
            "this Python was told to run without its global lock, which hotclub serve needs:"
            " start it without PYTHON_GIL=0 and -X gil=0"
        )
