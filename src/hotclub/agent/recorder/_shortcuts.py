"""What runs for each query of a slow page, in C where that loads.

A wrapper knows every case. Of those that a page of a thousand queries meets a thousand times, one
case is the common one: a relation is loaded once more for a member of a batch, by the statement
that the batch asked before. A shortcut stands in Django in its wrapper's stead, sees whether the
case is that one, and calls the wrapper, with nothing done yet, if it is not. So wrappers alone say
what is recorded; binding/shortcut_calls.c does what they do, for less.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import update_wrapper
from typing import Any

from ._batches import Batch
from ._places import walk
from ._state import ANY, QueryFacts, Span, Trace, current


def shortcut(name: str, wrapper: Callable[..., Any]) -> Callable[..., Any]:
    """What stands in the stead of the wrapper of the function that Django calls *name*."""
    if _shortcuts is None:
        return wrapper
    return update_wrapper(_shortcuts.make(name, wrapper), wrapper)


def in_span(
    function: Callable[..., Any], wrapper: Callable[..., Any], kind: str, name: str
) -> Callable[..., Any]:
    """What stands in the stead of *wrapper*, which calls *function* in a span."""
    return wrapper if _shortcuts is None else _shortcuts.in_span(function, wrapper, kind, name)


def rows(first: Any, instances: Iterator[Any], batch: Batch) -> Any:
    """An iterator over the first and the other instances that tells each its batch and counts
    them in `count`; None without C."""
    return None if _shortcuts is None else _shortcuts.rows(first, instances, batch)


def _all() -> Any:
    if os.environ.get("HOTCLUB_PURE") == "1":
        return None
    try:
        from hotclub._native import Shortcuts
    except ImportError:
        return None
    return Shortcuts(current, ANY, walk, Trace, Span, Batch, QueryFacts)


_shortcuts = _all()
