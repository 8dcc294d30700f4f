"""What git knows of the files that are about to change."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable
from pathlib import Path

_TIMEOUT = 30.0


class Repository:
    """The work tree that a project lies in."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @classmethod
    def around(cls, root: Path) -> Repository | None:
        """The repository of a directory; None without git, or where git knows no such thing."""
        answer = _git(root, "rev-parse", "--is-inside-work-tree")
        return cls(root) if answer == b"true\n" else None

    def unsafe(self, paths: Iterable[str]) -> list[str]:
        """Those of these files whose present content git could not bring back.

        Changed, staged and untracked files, ignored ones among them.
        """
        found = []
        for path in paths:
            tracked = _git(self.root, "ls-files", "-z", "--", f":(literal){path}")
            status = _git(self.root, "status", "--porcelain", "-z", "--", f":(literal){path}")
            if not tracked or status != b"":
                found.append(path)
        return found


def _git(root: Path, *arguments: str) -> bytes | None:
    """What git prints; None when it fails or is not there."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments],
            capture_output=True,
            timeout=_TIMEOUT,
            env={**clean, "GIT_OPTIONAL_LOCKS": "0"},
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
