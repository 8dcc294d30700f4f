"""What requests are called in the recording."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_label: ContextVar[str | None] = ContextVar("hotclub_label", default=None)
_others: str | None = None


@contextmanager
def request_label(label: str | None) -> Iterator[None]:
    """Requests begun inside the block carry this label in the recording."""
    token = _label.set(label or None)
    try:
        yield
    finally:
        _label.reset(token)


def label_others(label: str | None) -> None:
    """From now on requests that no block labels carry this label, those of other threads too."""
    global _others
    _others = label


def label() -> str | None:
    """That of a request that begins now."""
    return _label.get() or _others
