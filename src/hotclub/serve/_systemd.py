"""systemd: sockets that it opened, and what it is told (sd_listen_fds(3), sd_notify(3))."""

from __future__ import annotations

import contextlib
import os
import socket
import time

FIRST = 3  # where passed descriptors begin


def listen_fds() -> list[int]:
    """The descriptors that were passed to this very process; the variables are taken away."""
    meant = os.environ.pop("LISTEN_PID", "")
    count = os.environ.pop("LISTEN_FDS", "")
    os.environ.pop("LISTEN_FDNAMES", None)
    if meant != str(os.getpid()) or not count.isdigit():
        return []
    return list(range(FIRST, FIRST + int(count)))


def notify(*lines: str) -> None:
    """Send lines such as ``READY=1``; without systemd, or when it does not listen, nothing."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as to:
        to.setblocking(False)
        to.connect(address)
        to.send("\n".join(lines).encode())


def reloading() -> None:
    """Say that a reload has begun; ``READY=1`` ends it."""
    notify("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")


def watchdog_seconds() -> float:
    """How often systemd wants a sign of life (twice as often as it needs one), 0 for never."""
    meant = os.environ.get("WATCHDOG_PID", str(os.getpid()))
    micros = os.environ.get("WATCHDOG_USEC", "")
    if meant != str(os.getpid()) or not micros.isdigit():
        return 0.0
    return int(micros) / 2_000_000
