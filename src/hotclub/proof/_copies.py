"""Paths of the copies in what they answer.

Every tree and every run has a directory of its own. A page that shows where the project lies would
differ for that alone, so the part of a path that tells copies apart is blanked in all answers.
"""

from __future__ import annotations

import re
from pathlib import Path

Headers = tuple[tuple[str, str], ...]

_NAME = r"((?:\\?/)(?:trees|runs)(?:\\?/))([^/\\\s\"'<>&?#;,]+)"


class Copies:
    """Blanks what tells the copies in one workspace apart."""

    def __init__(self, root: Path) -> None:
        parts = [re.escape(part) for part in root.parts[1:]]
        place = r"\\?/".join(["", *parts])
        self._text = re.compile(f"({place}){_NAME}")
        self._bytes = re.compile(self._text.pattern.encode())

    def blank(self, headers: Headers, body: bytes) -> tuple[Headers, bytes]:
        """Headers and body, the length of the body said anew where it was said."""
        blanked = self._bytes.sub(rb"\1\2-", body)
        length, now = str(len(body)), str(len(blanked))
        return tuple(
            (name, now if name.lower() == "content-length" and value == length else one)
            for name, value in headers
            for one in (self._text.sub(r"\1\2-", value),)
        ), blanked
