"""Putting the agent where the project's interpreter can import it.

Only this package is copied, with its built parts: nothing that is installed beside it may come
before the project's own packages.
"""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Iterator
from pathlib import Path

import hotclub

GUARD = "libhotclub_guard.so"


def install(target: Path) -> None:
    """Copy the ``hotclub`` package to ``target``/hotclub."""
    source = Path(hotclub.__file__ or "").resolve().parent
    package = target / "hotclub"
    shutil.copytree(source, package, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    for built in _built(source):
        if not (package / built.name).exists():
            shutil.copy2(built, package / built.name)


def guard(target: Path) -> Path | None:
    """The guard's library in an installed agent, or None where it has not been built."""
    path = target / "hotclub" / GUARD
    return path if path.is_file() else None


def _built(source: Path) -> Iterator[Path]:
    """The built parts that an editable installation keeps elsewhere."""
    spec = importlib.util.find_spec("hotclub._native")
    if spec is None or spec.origin is None:
        return
    native = Path(spec.origin)
    if native.parent == source:
        return
    yield native
    for directory in (native.parent, *native.parents[:3]):
        for library in sorted(directory.glob(f"**/{GUARD}"))[:1]:
            yield library
            return
