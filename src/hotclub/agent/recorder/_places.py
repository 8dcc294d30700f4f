"""Which code counts, and the stacks made of it.

The walker (`hotclub.agent._frames`) asks once for each code object what it is. What it hands out
is a `Stack`: cheap to get while a request runs, resolved to files and columns (`_resolve`) only
when it is written.
"""

from __future__ import annotations

import os
from functools import lru_cache
from types import CodeType
from typing import Any

from hotclub.agent._frames import FRAMEWORK, PROJECT, SKIP, TEMPLATE, FrameWalker

from ._batches import Invisible

PLACES_MAX = 64  # of all kinds that a walk may collect; many are dropped when resolved
_HOTCLUB = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))) + os.sep
_FOREIGN = frozenset({"site-packages", "dist-packages", "node_modules"})

# Where framework code does the work of a class of the project, which its frames have as `self`.
_WORKERS = tuple(
    os.sep + part.replace("/", os.sep)
    for part in (
        "django/views/generic/", "django/contrib/admin/", "django/contrib/sitemaps/",
        "django/contrib/syndication/", "django/forms/", "rest_framework/", "django_filters/",
    )
)  # fmt: skip
_RENDER = (os.sep + os.path.join("django", "template", "base.py"), "render_annotated")


class Stack(Invisible):
    """An interned stack: triples as the walker collects them, innermost first."""

    __slots__ = ("triples", "number", "lines")

    def __init__(self, triples: tuple[Any, ...]) -> None:
        self.triples = triples
        self.number: int | None = None  # in the recording, once resolved
        self.lines: Any = None  # code object → line in the template it was compiled from


class _Project:
    """The root that counts. There is one recording to a process, so there is one of these."""

    root = os.sep


def classify(code: CodeType) -> int:
    """What the frames of this code object are to a stack."""
    filename = code.co_filename
    if filename.endswith(_RENDER[0]) and code.co_name == _RENDER[1]:
        return TEMPLATE
    if filename.startswith("<"):
        return SKIP
    if in_project(filename):
        return PROJECT
    if code.co_argcount and code.co_varnames[0] == "self" and _works(filename):
        return FRAMEWORK
    return SKIP


def in_project(filename: str) -> bool:
    """Whether the file is the project's own: below its root, not installed, not hotclub's."""
    path = os.path.abspath(filename)
    if not path.startswith(_Project.root) or path.startswith(_HOTCLUB):
        return False
    return not _foreign(os.path.dirname(path))


def configure(root: str) -> None:
    """Make this the project's root."""
    _Project.root = os.path.join(os.path.abspath(root), "")
    walker.clear()
    _foreign.cache_clear()


def _works(filename: str) -> bool:
    return any(part in filename for part in _WORKERS)


@lru_cache(maxsize=4096)
def _foreign(directory: str) -> bool:
    """Whether the directory, one below the root, belongs to a virtual environment."""
    below = directory[len(_Project.root) :].split(os.sep)
    if not _FOREIGN.isdisjoint(below):
        return True
    path = _Project.root
    for part in below:
        path = os.path.join(path, part)
        if part and os.path.exists(os.path.join(path, "pyvenv.cfg")):
            return True
    return False


walker = FrameWalker(classify, Stack, limit=6, total=PLACES_MAX, extra=("field", "field_name"))
walk = walker.walk
