"""Where recordings are kept when the workspace goes away."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from hotclub.errors import HotclubError
from hotclub.project import Project
from hotclub.recording import merge


def cache_directory(project: Project) -> Path:
    """``$XDG_CACHE_HOME/hotclub/<name>-<hash of the path>``, for this user's eyes only."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    home = Path(base) if os.path.isabs(base) else Path.home() / ".cache"
    digest = hashlib.sha256(str(project.root).encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return home / "hotclub" / f"{project.root.name}-{digest}"


def keep(project: Project, recordings: Sequence[Path], out: Path | None) -> Path:
    """Put the recordings together into one file, and return where it is.

    It holds what the copy of the database answered, so nobody else may read it.
    """
    target = out or cache_directory(project) / "doctor.hclb"
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        mask = os.umask(0o077)
        try:
            merge(part, [path for path in recordings if path.exists()])
        finally:
            os.umask(mask)
        os.replace(part, target)
    except OSError as error:
        raise HotclubError(f"the recording cannot be kept at {target}: {error.strerror}") from None
    finally:
        part.unlink(missing_ok=True)
    return target
