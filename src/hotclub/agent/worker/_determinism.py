"""Randomness that is the same in every child: seeded anew before each request.

Two runs of the same requests must differ only where the project's answers do. So every source
of randomness that Python code can reach draws from one stream, which is a hash of the seed, the
request's index and a counter: :mod:`random` (also unseeded ``Random()`` instances),
:func:`os.urandom`, :mod:`secrets`, :mod:`uuid`. What C libraries draw from the kernel is out of
reach. Times are real.
"""

from __future__ import annotations

import hashlib
import os
import random
import sys
import threading
import uuid
from collections.abc import Callable
from typing import Any

_EPOCH = 0x1EC9414C232AB00  # the Gregorian ticks of 2022-02-22, for time-based UUIDs
_NODE = 0x0200C0FFEE01


class _Stream:
    """Bytes that depend on nothing but the key and how many were drawn."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._key = b""
        self._count = 0

    def seed(self, key: bytes) -> None:
        with self._lock:
            self._key, self._count = key, 0

    def draw(self, size: int) -> bytes:
        if size < 0:
            raise ValueError("negative argument not allowed")
        with self._lock:
            self._count += 1
            counter = self._count.to_bytes(8, "big")
            return hashlib.shake_128(self._key + counter).digest(size)

    def tick(self) -> int:
        with self._lock:
            self._count += 1
            return self._count


_stream = _Stream()
_seed = 0


def install(seed: int) -> None:
    """Replace the sources; to be called before the project is imported."""
    global _seed
    _seed = seed
    _replace_bytes()
    _replace_random()
    _replace_uuid()
    reseed(-1)


def reseed(index: int) -> None:
    """Start the streams for the request with this index (−1: the project's start)."""
    key = hashlib.sha256(f"{_seed}/{index}".encode()).digest()
    _stream.seed(key)
    number = int.from_bytes(key[:8], "big")
    random.seed(number)
    numpy: Any = sys.modules.get("numpy.random")
    if numpy is not None:
        numpy.seed(number & 0xFFFFFFFF)


def _replace_bytes() -> None:
    os.urandom = _stream.draw
    random._urandom = _stream.draw  # type: ignore[attr-defined]
    if hasattr(os, "getrandom"):
        os.getrandom = lambda size, flags=0: _stream.draw(size)


def _replace_random() -> None:
    original: Callable[..., None] = random.Random.seed

    def seed(self: random.Random, a: Any = None, version: int = 2) -> None:
        if a is None and not isinstance(self, random.SystemRandom):
            a = int.from_bytes(_stream.draw(32), "big")
        original(self, a, version)

    random.Random.seed = seed  # type: ignore[method-assign]
    random.seed = random._inst.seed


def _replace_uuid() -> None:
    """``uuid4`` draws from :func:`os.urandom` by itself; the time-based ones count instead."""

    def uuid1(node: int | None = None, clock_seq: int | None = None) -> uuid.UUID:
        sequence = 0 if clock_seq is None else clock_seq
        return _timed(node, sequence, 1)

    def uuid6(node: int | None = None, clock_seq: int | None = None) -> uuid.UUID:
        ticks = _EPOCH + _stream.tick()
        sequence = 0 if clock_seq is None else clock_seq
        high = ticks >> 12 << 16 | 6 << 12 | ticks & 0xFFF
        return uuid.UUID(int=high << 64 | _tail(node, sequence))

    def uuid7() -> uuid.UUID:
        milliseconds = 1_645_488_000_000 + _stream.tick()
        tail = int.from_bytes(_stream.draw(10), "big")
        head = milliseconds << 80 | 7 << 76 | (tail >> 68 & 0xFFF) << 64
        return uuid.UUID(int=head | 2 << 62 | tail & (1 << 62) - 1)

    uuid.uuid1 = uuid1
    for name, made in (("uuid6", uuid6), ("uuid7", uuid7)):
        if hasattr(uuid, name):
            setattr(uuid, name, made)


def _timed(node: int | None, sequence: int, version: int) -> uuid.UUID:
    ticks = _EPOCH + _stream.tick()
    fields = (
        ticks & 0xFFFFFFFF,
        ticks >> 32 & 0xFFFF,
        ticks >> 48 & 0x0FFF,
        sequence >> 8 & 0x3F,
        sequence & 0xFF,
        _NODE if node is None else node,
    )
    return uuid.UUID(fields=fields, version=version)


def _tail(node: int | None, sequence: int) -> int:
    return 2 << 62 | (sequence & 0x3FFF) << 48 | (_NODE if node is None else node)
