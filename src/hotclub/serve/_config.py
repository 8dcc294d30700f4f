"""What a server was asked to do, checked once before anything is started."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from hotclub.errors import HotclubError

DEFAULT_BIND = "127.0.0.1:8000"
KIB = 1024
MIB = 1024 * KIB


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


@dataclass(frozen=True)
class Config:
    """The settings of one server. Times are in seconds, sizes in bytes."""

    application: str | None = None
    bind: tuple[str, ...] = (DEFAULT_BIND,)
    workers: int = 1
    threads: int = 4
    chdir: Path | None = None
    settings: str | None = None
    preload: bool = False
    access_log: str | None = None
    timeout: float = 30.0
    graceful_timeout: float = 30.0
    keep_alive: float = 15.0
    header_timeout: float = 20.0
    body_timeout: float = 30.0
    send_timeout: float = 30.0
    max_requests: int = 0
    max_requests_jitter: int = 0
    backlog: int = 2048
    limit_connections: int = 10_000
    limit_request_line: int = 8 * KIB
    limit_request_headers: int = 64 * KIB
    limit_request_fields: int = 100
    limit_request_body: int = 1024 * MIB
    body_memory: int = MIB
    temporary: Path | None = None

    def __post_init__(self) -> None:
        """Raise :class:`HotclubError` for a value no server could run with."""
        at_least = {
            "workers": 1,
            "threads": 1,
            "timeout": 0,
            "graceful_timeout": 0,
            "keep_alive": 1,
            "header_timeout": 1,
            "body_timeout": 1,
            "send_timeout": 1,
            "max_requests": 0,
            "max_requests_jitter": 0,
            "backlog": 1,
            "limit_connections": 1,
            "limit_request_line": 64,
            "limit_request_headers": 256,
            "limit_request_fields": 1,
            "limit_request_body": 0,
            "body_memory": 0,
        }
        for name, least in at_least.items():
            if not getattr(self, name) >= least:
                option = name.replace("_", "-")
                raise HotclubError(
                    f"--{option} must be at least {least}, not {getattr(self, name)}"
                )
        for option, directory in (("chdir", self.chdir), ("temporary", self.temporary)):
            if directory and not directory.is_dir():
                raise HotclubError(f"--{option} {directory}: there is no such directory")
        if not self.bind:
            raise HotclubError("there is nothing to listen on; pass --bind host:port")
