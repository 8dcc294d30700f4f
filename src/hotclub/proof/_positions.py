"""Places at which two runs of the unchanged project differ, whatever stands there.

What a page shows of the time, of counters or of chance has no structure that could be known
beforehand, but it has a place::

    old    … <b>3 seconds ago</b> by ann, seen 41 times …
    again  … <b>4 seconds ago</b> by ann, seen 42 times …
    new    … <b>9 seconds ago</b> by ann, seen 43 times …      the same but for those two words

So the old runs are laid side by side, line by line (a tag ends one, and so does a newline that is
written out in JSON) and word by word. Where they differ, the new
run may differ too, by something of the same kind; everywhere else it must not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_LINE = re.compile(rb"\n|\\n|(?<=>)")
_WORD = re.compile(rb"[A-Za-z0-9]+|.", re.S)
_LONGEST = 400
"""A stretch with another number of words in each run is masked up to so many bytes."""

_TOKEN = 6

Words = list[bytes]
Masked = tuple[int, int]
"""How many places, and how many bytes stood there in the first run."""


class Elsewhere(Exception):
    """The new run differs where the old ones agree."""


def masked(old: bytes, new: bytes, again: bytes) -> Masked | None:
    """What has to be masked for three runs to agree; None where the old ones differ in form.

    Raises:
        Elsewhere: they agree on something that is another in ``new``.
    """
    rows = [_LINE.split(run) for run in (old, new, again)]
    if len(rows[0]) != len(rows[2]):
        return None
    if len(rows[1]) != len(rows[0]):
        raise Elsewhere
    places = size = 0
    for one, changed, other in zip(*rows, strict=True):
        if one == other:
            if changed != one:
                raise Elsewhere
            continue
        found = _line(_WORD.findall(one), _WORD.findall(changed), _WORD.findall(other))
        if found is None:
            return None
        places, size = places + found[0], size + found[1]
    return places, size


def _line(old: Words, new: Words, again: Words) -> Masked | None:
    if len(old) == len(again) == len(new):
        differing = [at for at, word in enumerate(old) if word != again[at]]
        _agree(old, new, set(differing))
        return len(differing), sum(len(old[at]) for at in differing)
    head, tail = _common(old, again)
    stretch = old[head : len(old) - tail]
    size = sum(map(len, stretch))
    if size > _LONGEST:
        return None
    if len(new) < head + tail or new[:head] != old[:head] or _end(new, tail) != _end(old, tail):
        raise Elsewhere
    return 1, size


def _agree(old: Words, new: Words, differing: set[int]) -> None:
    """Raise Elsewhere where new words are others, or in a differing place of another kind."""
    for at, word in enumerate(old):
        if word != new[at] and (at not in differing or _kind(word) != _kind(new[at])):
            raise Elsewhere


def _kind(word: bytes) -> str:
    """A long word may be all digits by chance: one in many tokens is."""
    if word.isdigit() and len(word) < _TOKEN:
        return "number"
    return "word" if word.isalnum() else "sign"


def _common(one: Sequence[bytes], other: Sequence[bytes]) -> tuple[int, int]:
    """How many words two runs begin with in common, and how many they end with."""
    shortest = min(len(one), len(other))
    head = 0
    while head < shortest and one[head] == other[head]:
        head += 1
    tail = 0
    while tail < shortest - head and one[-1 - tail] == other[-1 - tail]:
        tail += 1
    return head, tail


def _end(words: Words, count: int) -> Words:
    return words[len(words) - count :]
