"""Names for indexes: what they are on, readable, the same every time."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Sequence

LONGEST = 30
"""Django allows no longer name, since Oracle does not."""


def index_name(
    app: str,
    model: str,
    fields: Sequence[str],
    taken: Collection[str],
    more: Sequence[str] = (),
) -> str:
    """``orders_order_created_idx``; shortened and with a digest when that is too long or taken, or
    where there is ``more`` to the index than its fields.

    Names of indexes are those of a whole database, so ``taken`` holds them all.
    """
    words = [re.sub(r"\W", "", word.removeprefix("-")) for word in (app, model, *fields)]
    plain = "_".join([*words, "idx"]).lower()
    if len(plain) <= LONGEST and plain not in taken and plain[0].isalpha() and not more:
        return plain
    digest = hashlib.sha256("\x1f".join((app, model, *fields, *more)).encode()).hexdigest()
    head = re.sub(r"^[^a-z]+", "", "_".join(words[1:]).lower()) or "i"
    for size in range(6, len(digest)):
        tail = f"_{digest[:size]}_idx"
        name = head[: LONGEST - len(tail)].rstrip("_") + tail
        if name not in taken:
            return name
    raise AssertionError("a digest is never taken at every length")
