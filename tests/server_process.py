"""What the servers that tests start have in common."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def as_user(*names: str) -> dict[str, Any]:
    """For subprocess, the first of these users that there is: root may not run a server."""
    if os.geteuid() != 0:
        return {}
    for name in names:
        with contextlib.suppress(KeyError):
            user = pwd.getpwnam(name)
            return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    raise RuntimeError(f"no user {' or '.join(names)} to run a server as")


@contextlib.contextmanager
def directory_of(user: dict[str, Any], prefix: str) -> Iterator[Path]:
    """A directory with a short path that belongs to the user, removed in the end."""
    directory = Path(tempfile.mkdtemp(prefix=prefix, dir="/tmp"))
    if user:
        os.chown(directory, user["user"], user["group"])
    try:
        yield directory
    finally:
        shutil.rmtree(directory)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
