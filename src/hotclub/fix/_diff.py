"""Unified diffs that `git apply` and `patch -p1` both take."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from pathlib import Path

_NO_NEWLINE = "\\ No newline at end of file\n"


def diff(sources: Mapping[str, str], tree: Path) -> str:
    """The changes from the files of ``tree`` to ``sources``; lines keep their own newlines.

    A file that is not there yet is made by the patch.

    Write it as UTF-8 without translating newlines.
    """
    pieces = []
    for path in sorted(sources):
        file = tree / path
        before = file.read_bytes().decode("utf-8") if file.exists() else None
        pieces += list(_file(path, before, sources[path]))
    return "".join(pieces)


def _file(path: str, before: str | None, after: str) -> Iterator[str]:
    tail = "\t" if " " in path else ""  # ends a name that holds a space
    names = (f"a/{path}{tail}" if before is not None else "/dev/null", f"b/{path}{tail}")
    for line in difflib.unified_diff(_lines(before or ""), _lines(after), *names):
        yield line if line.endswith("\n") else f"{line}\n{_NO_NEWLINE}"


def _lines(text: str) -> list[str]:
    """Lines as patch sees them, which know no end but a line feed."""
    lines = [f"{line}\n" for line in text.split("\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines
