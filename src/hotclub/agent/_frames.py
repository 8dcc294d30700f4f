"""Which lines of the project led here: the Python stack, reduced and interned.

A recording asks this question once for each query, so the answer is made to cost little. A
walker goes from its caller outwards, passes over the frames nobody cares about, and keeps a
*triple* for each of the others:

    (PROJECT, code, lasti)       a frame of the project: code object and instruction offset
    (TEMPLATE, node, None)       the first argument: the template node being rendered
    (FRAMEWORK, cls, name)       type of the first argument: the class of the project for which
                                 framework code works; name as told by `extra`, else None

What kind a frame is depends on its code object alone. `classify` is asked once for each and its
answer is kept, by identity: code objects compare by value, without their file name, and hashing
one costs more than walking fifty frames.

The triples themselves are interned too. `make` turns a tuple of them (innermost first) into
whatever the caller wants to hold, and the same stack gives the same object every time.

`hotclub._native.FrameWalker` is this class in C. Results are the same.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Any, Generic, TypeVar

SKIP, PROJECT, TEMPLATE, FRAMEWORK = range(4)

Triple = tuple[int, Any, Any]
Made = TypeVar("Made")

# Beyond these a table is emptied and starts over: templates that are compiled anew for each
# request, or code made by exec(), must not fill the memory. The objects handed out stay valid.
CODES_MAX = 65536
STACKS_MAX = 16384
TOTAL_MAX = 64

_MISSING = object()


class PureFrameWalker(Generic[Made]):
    """Walks from the caller of `walk()` outwards.

    classify: code object → SKIP, PROJECT, TEMPLATE or FRAMEWORK; asked once for each code object.
    make: tuple of triples → the object that stands for this stack; called once for each stack.
    limit: at most so many PROJECT triples; the walk ends with the last of them.
    total: at most so many triples of all kinds, 1 to 64.
    extra: (local variable, attribute) to read in FRAMEWORK frames; kept when it is a str.
    """

    def __init__(
        self,
        classify: Callable[[CodeType], int],
        make: Callable[[tuple[Triple, ...]], Made],
        limit: int = 6,
        total: int = 24,
        extra: tuple[str, str] | None = ("field", "field_name"),
    ) -> None:
        if limit < 1 or not 1 <= total <= TOTAL_MAX:
            raise ValueError(f"limit must be at least 1 and total between 1 and {TOTAL_MAX}")
        self._classify = classify
        self._make = make
        self._limit = limit
        self._total = total
        self._local, self._attribute = extra or ("", "")
        self._kinds: dict[int, tuple[int, CodeType]] = {}
        self._stacks: dict[tuple[Any, ...], tuple[tuple[Triple, ...], Made]] = {}

    def walk(self) -> Made:
        """The object that stands for the stack of the caller."""
        items: list[Triple] = []
        key: list[Any] = []
        projects = 0
        kinds = self._kinds
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            code = frame.f_code
            known = kinds.get(id(code))
            kind = known[0] if known is not None else self._kind(code)
            if kind:
                item = self._item(kind, code, frame)
                if item is not None:
                    items.append(item)
                    key += (kind, id(item[1]), item[2])
                    projects += kind == PROJECT
                    if projects == self._limit or len(items) == self._total:
                        break
            frame = frame.f_back
        return self._intern(tuple(key), tuple(items))

    def clear(self) -> None:
        """Forget every code object and stack."""
        self._kinds.clear()
        self._stacks.clear()

    def _kind(self, code: CodeType) -> int:
        kind = self._classify(code)
        if kind not in (SKIP, PROJECT, TEMPLATE, FRAMEWORK):
            raise ValueError(f"classify() must return 0, 1, 2 or 3, not {kind!r}")
        if kind > PROJECT and code.co_argcount == 0:
            kind = SKIP
        if len(self._kinds) >= CODES_MAX:
            self._kinds.clear()
        self._kinds[id(code)] = (kind, code)
        return kind

    def _item(self, kind: int, code: CodeType, frame: FrameType) -> Triple | None:
        if kind == PROJECT:
            return (kind, code, frame.f_lasti)
        values = frame.f_locals
        first = values.get(code.co_varnames[0], _MISSING)
        if first is _MISSING:
            return None
        if kind == TEMPLATE:
            return (kind, first, None)
        name = None
        if self._local in code.co_varnames:
            name = getattr(values.get(self._local), self._attribute, None)
        return (kind, type(first), name if type(name) is str else None)

    def _intern(self, key: tuple[Any, ...], items: tuple[Triple, ...]) -> Made:
        known = self._stacks.get(key)
        if known is not None:
            return known[1]
        made = self._make(items)
        if len(self._stacks) >= STACKS_MAX:
            self._stacks.clear()
        return self._stacks.setdefault(key, (items, made))[1]


if TYPE_CHECKING or os.environ.get("HOTCLUB_PURE") == "1":
    FrameWalker = PureFrameWalker
else:
    try:
        from hotclub._native import FrameWalker
    except ImportError:
        FrameWalker = PureFrameWalker
