"""A source file's lines, as Python numbers them."""

from __future__ import annotations

import io
import tokenize
from pathlib import Path


def source_lines(path: Path) -> list[str]:
    """The file's lines, decoded as Python would; none when it cannot be.

    Only the newlines that Python knows end one: ``str.splitlines()`` breaks at form feeds and
    U+0085 too.
    """
    try:
        content = path.read_bytes()
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        text = io.TextIOWrapper(io.BytesIO(content), encoding, "replace", newline=None).read()
    except (OSError, SyntaxError, LookupError):
        return []
    return text.split("\n")
