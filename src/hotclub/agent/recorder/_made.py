"""Objects with slots, made in C where that loads.

A request makes a dozen of them, and Python's `__init__` would be a third of what that costs.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeVar

Made = TypeVar("Made")


def maker(prototype: Made, given: int) -> Callable[..., Made]:
    """What is called like the class of *prototype*, with up to *given* arguments and none by name.

    The class's `__init__` has to put its arguments into the first of its `__slots__`, in that
    order, and always the same into the others; where that is an empty list, dict or set, each
    object has its own.
    """
    if os.environ.get("HOTCLUB_PURE") == "1":
        return type(prototype)
    try:
        from hotclub._native import Maker
    except ImportError:
        return type(prototype)
    slots = type(prototype).__slots__  # type: ignore[attr-defined]
    return Maker(prototype, tuple(name for name in slots if name != "__weakref__"), given)
