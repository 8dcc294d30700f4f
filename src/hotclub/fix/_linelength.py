"""How long a line may be, as the project's own formatters are told."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path, PurePosixPath

DEFAULT = 88
_FILES = ("ruff.toml", ".ruff.toml", "pyproject.toml", "setup.cfg", ".flake8", "tox.ini")
_OPTION = re.compile(
    r"^[ \t]*(?:line[-_]length|max[-_]line[-_]length)[ \t]*=[ \t]*(\d+)", re.MULTILINE
)
_SANE = range(60, 401)


def line_length(root: Path, path: str) -> int:
    """The limit for a file: of the configuration nearest to it inside the project, else 88."""
    for folder in PurePosixPath(path).parents:
        limit = _configured(root / folder)
        if limit:
            return limit
    return DEFAULT


@lru_cache(maxsize=512)
def _configured(folder: Path) -> int:
    for name in _FILES:
        try:
            text = (folder / name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            continue
        match = _OPTION.search(text)
        if match and int(match.group(1)) in _SANE:
            return int(match.group(1))
    return 0
