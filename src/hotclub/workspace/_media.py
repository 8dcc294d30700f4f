"""Each child's media directory: links to the files there are, room for new ones.

A new file stays with the child, and removing one removes a link. The guard refuses to write
through a link that leads out of the workspace.
"""

from __future__ import annotations

import os
from pathlib import Path

LINK_LIMIT = 20_000


def link_media(source: Path | None, target: Path, limit: int = LINK_LIMIT) -> list[str]:
    """Make ``target`` look like ``source``, with a link for each file; returns notes.

    Directories met after ``limit`` entries are linked whole: nothing can be added to those.
    """
    target.mkdir(parents=True, exist_ok=True)
    if source is None or not source.is_dir():
        return []
    left = limit
    pending = [(source, target)]
    for here, there in pending:
        for entry in _entries(here):
            left -= 1
            place = there / entry.name
            if left > 0 and entry.is_dir(follow_symlinks=False):
                place.mkdir()
                pending.append((Path(entry.path), place))
            else:
                place.symlink_to(entry.path)
    if left > 0:
        return []
    return [f"{source} has more than {limit} entries; some of its directories cannot be added to"]


def _entries(directory: Path) -> list[os.DirEntry[str]]:
    try:
        return sorted(os.scandir(directory), key=lambda entry: entry.name)
    except OSError:
        return []
