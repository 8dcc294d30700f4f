"""Where a page begins, as text for a link: signed, and the same after a deploy.

A token holds the values of a row's keys, so that it means a place in the order even when that row
is gone, and a fingerprint of the order, so that it is refused once the order is another. It is
signed with ``SECRET_KEY`` (``SECRET_KEY_FALLBACKS`` are honoured), not encrypted.

::

    +---------+----------+-------------+------------------------------+
    | form, 1 | MAC, 16  | order, 6    | JSON: kind, number, values   |     form 1
    +---------+----------+-------------+------------------------------+
                         |<-- form 2: all of this by zlib ----------->|

It is spelled in base64, or as a number: views that say ``int(page)``, as ``ListView`` and the
admin do, take that where they take the number of a page.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

_SALT = "hotclub.pagination"
_MAC = 16
_ORDER = 6
_MAX = 1500
"""Bytes: a number of more digits is not read by ``int()``, a longer link not by servers."""


class Unspeakable(Exception):
    """A value that no token can hold, or too many of them."""


class Unreadable(Exception):
    """Text that is not a token of ours."""


class Outdated(Exception):
    """A token of another order."""


@dataclass(frozen=True)
class Position:
    """``kind`` is one of ``>``, ``>=``, ``<``, ``<=``: after or before these values.

    ``number`` is the page's, as far as it was counted.
    """

    kind: str
    number: int | None
    values: tuple[Any, ...]


def pack(position: Position, order: bytes) -> bytes:
    """The token; raises :class:`Unspeakable`."""
    held = [position.kind, position.number, *map(_said, position.values)]
    body = order + json.dumps(held, separators=(",", ":")).encode()
    smaller = zlib.compress(body, 9)
    form, body = (b"\2", smaller) if len(smaller) < len(body) else (b"\1", body)
    if len(body) > _MAX:
        raise Unspeakable(f"{len(body)} bytes")
    return form + _mac(form + body, settings.SECRET_KEY) + body


def unpack(token: bytes, order: bytes) -> Position:
    """The position in a token; raises :class:`Unreadable` and :class:`Outdated`."""
    form, mac, body = token[:1], token[1 : 1 + _MAC], token[1 + _MAC :]
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    if not any(constant_time_compare(mac, _mac(form + body, key)) for key in keys):
        raise Unreadable
    body = zlib.decompress(body) if form == b"\2" else body
    if body[:_ORDER] != order:
        raise Outdated
    kind, number, *values = json.loads(body[_ORDER:])
    return Position(kind, number, tuple(map(_meant, values)))


def as_digits(token: bytes) -> str:
    """The number that it is."""
    return str(int.from_bytes(token, "big"))


def as_text(token: bytes) -> str:
    """In base64."""
    return base64.urlsafe_b64encode(token).rstrip(b"=").decode()


def read(text: str | int) -> bytes:
    """The bytes that are spelled either way; raises :class:`Unreadable`."""
    try:
        if isinstance(text, int) or text.isdecimal():
            number = int(text)
            return number.to_bytes((number.bit_length() + 7) // 8, "big")
        padding = "=" * (-len(text) % 4)
        return base64.b64decode(text.encode("ascii") + padding.encode(), b"-_", validate=True)
    except (ValueError, OverflowError, binascii.Error):
        raise Unreadable from None


def _mac(message: bytes, secret: str | bytes) -> bytes:
    return salted_hmac(_SALT, message, secret=secret, algorithm="sha256").digest()[:_MAC]


_BY_TEXT: dict[str, tuple[type, Any]] = {
    "t": (datetime, datetime.fromisoformat),
    "d": (date, date.fromisoformat),
    "c": (time, time.fromisoformat),
    "n": (Decimal, Decimal),
    "u": (UUID, UUID),
    "b": (bytes, base64.b64decode),
}
"""A datetime is a date too, so it comes first."""


def _said(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, timedelta):
        return ["i", value.days, value.seconds, value.microseconds]
    if isinstance(value, (bytes, memoryview)):
        return ["b", base64.b64encode(value).decode()]
    for letter, (kind, _) in _BY_TEXT.items():
        if isinstance(value, kind):
            return [letter, value.isoformat() if hasattr(value, "isoformat") else str(value)]
    raise Unspeakable(type(value).__name__)


def _meant(said: Any) -> Any:
    if not isinstance(said, list):
        return said
    letter, *parts = said
    return timedelta(*_numbers(parts)) if letter == "i" else _BY_TEXT[letter][1](parts[0])


def _numbers(parts: Sequence[Any]) -> tuple[int, int, int]:
    days, seconds, microseconds = parts
    return days, seconds, microseconds
