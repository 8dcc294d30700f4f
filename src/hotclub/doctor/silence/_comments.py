"""Comments in the project's sources that silence findings on their line.

``# hotclub: ignore[HC101]`` in Python, ``{# hotclub: ignore[HC101] #}`` in templates; several codes
are separated by commas, and the beginning of a code stands for all that begin so.
"""

from __future__ import annotations

import io
import os
import re
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from hotclub.doctor.silence._select import codes
from hotclub.errors import HotclubError

_PYTHON = re.compile(r"#\s*hotclub:\s*ignore(?:\[([^\]]*)\])?")
_TEMPLATE = re.compile(r"\{#-?\s*hotclub:\s*ignore(?:\[([^\]]*)\])?\s*-?#\}")
_MARK = re.compile(rb"hotclub:\s*ignore")
_NO_TEMPLATES = frozenset({".pyc", ".so", ".sqlite3", ".db", ".map", ".md", ".rst"})
_LARGEST = 2 << 20
_LEFT_OUT = frozenset({"node_modules", "site-packages", "__pycache__"})


@dataclass(frozen=True)
class Comment:
    """One comment: ``path`` is POSIX-relative to the project, ``codes`` as they were written."""

    path: str
    line: int
    codes: tuple[str, ...]


def comments(tree: Path, paths: Iterable[str] | None = None) -> tuple[list[Comment], list[str]]:
    """All comments of a project, in order, and what is wrong with those that mean nothing; of
    these files only, if any are given."""
    found: list[Comment] = []
    wrong: list[str] = []
    files = (
        _files(tree) if paths is None else filter(_speaks, (tree / one for one in sorted(paths)))
    )
    for path in files:
        name = path.relative_to(tree).as_posix()
        for line, listed in _written(path):
            try:
                found.append(Comment(name, line, _codes(listed)))
            except HotclubError as error:
                wrong.append(f"{name}:{line}: this comment silences nothing: {error}")
    return found, wrong


def _codes(listed: str | None) -> tuple[str, ...]:
    if listed is None:
        raise HotclubError("it names no code; write ignore[HC101]")
    return codes(listed)


def _files(tree: Path) -> Iterator[Path]:
    """The project's own files that speak of hotclub at all."""
    for directory, below, names in os.walk(tree):
        here = Path(directory)
        below[:] = sorted(
            name
            for name in below
            if name not in _LEFT_OUT
            and not name.startswith(".")
            and not (here / name / "pyvenv.cfg").exists()
        )
        for name in sorted(names):
            if _speaks(here / name):
                yield here / name


def _speaks(path: Path) -> bool:
    if path.suffix in _NO_TEMPLATES:
        return False
    try:
        if not path.is_file() or path.stat().st_size > _LARGEST:
            return False
        return bool(_MARK.search(path.read_bytes()))
    except OSError:
        return False


def _written(path: Path) -> Iterator[tuple[int, str | None]]:
    """Line and bracket of each comment in a file."""
    content = path.read_bytes()
    if path.suffix != ".py":
        for number, line in enumerate(content.decode("utf-8", "replace").split("\n"), 1):
            for match in _TEMPLATE.finditer(line):
                yield number, match[1]
        return
    try:  # only a tokenizer knows a comment from a string that looks like one
        for token in tokenize.tokenize(io.BytesIO(content).readline):
            if token.type != tokenize.COMMENT:
                continue
            for match in _PYTHON.finditer(token.string):
                yield token.start[0], match[1]
    except (tokenize.TokenError, SyntaxError, UnicodeDecodeError):
        return
