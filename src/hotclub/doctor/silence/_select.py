"""Codes and beginnings of codes, as they are written on the command line and in comments."""

from __future__ import annotations

import difflib

from hotclub.doctor.codes import CODES
from hotclub.errors import HotclubError


def codes(text: str) -> tuple[str, ...]:
    """``"HC1, HC201"`` → ``("HC1", "HC201")``: each is a known code or the beginning of one.

    Raises:
        HotclubError: one of them is neither; it says which code may be meant.
    """
    found = tuple(word.upper() for word in text.replace(",", " ").split())
    if not found:
        raise HotclubError("a code is needed, HC101 or the beginning of some, HC1")
    for word in found:
        if not any(code.startswith(word) for code in CODES):
            near = difflib.get_close_matches(word, CODES, n=1)
            hint = f"did you mean {near[0]}?" if near else "docs/findings.md lists them"
            raise HotclubError(f"there is no code {word}; {hint}")
    return found


def matches(code: str, wanted: tuple[str, ...]) -> bool:
    """Whether the code begins with one of these."""
    return code.startswith(wanted)
