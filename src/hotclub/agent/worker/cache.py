"""The cache that stands in for Redis and Memcached in a workspace.

Django's own cache in local memory, with the methods that django-redis adds and projects call.
"""

from __future__ import annotations

import contextlib
import fnmatch
import time
from collections.abc import Callable, Iterator
from typing import Any

from django.core.cache.backends.locmem import LocMemCache


class WorkspaceCache(LocMemCache):
    """A cache in this process's memory that starts empty."""

    _cache: dict[str, Any]
    _expire_info: dict[str, float | None]
    _lock: Any
    _has_expired: Callable[[str], bool]

    def keys(self, pattern: str = "*", version: int | None = None) -> list[str]:
        """Keys that match, as they were given."""
        wanted = self.make_key(pattern, version=version)
        with self._lock:
            found = [key for key in self._cache if not self._has_expired(key)]
        return [key.split(":", 2)[-1] for key in found if fnmatch.fnmatchcase(key, wanted)]

    def iter_keys(self, pattern: str, version: int | None = None, **_: Any) -> Iterator[str]:
        """Keys that match, one by one."""
        yield from self.keys(pattern, version)

    def delete_pattern(self, pattern: str, version: int | None = None, **_: Any) -> int:
        """Delete keys that match; returns how many."""
        return sum(self.delete(key, version=version) for key in self.keys(pattern, version))

    def ttl(self, key: str, version: int | None = None) -> int | None:
        """Seconds left; None without an end, 0 for a key that is not there."""
        full = self.make_and_validate_key(key, version=version)
        with self._lock:
            if full not in self._cache or self._has_expired(full):
                return 0
            end = self._expire_info[full]
        return None if end is None else max(0, int(end - time.time()))

    def expire(self, key: str, timeout: float, version: int | None = None) -> bool:
        """Give a key another end, in seconds from now."""
        return bool(self.touch(key, timeout, version=version))

    def persist(self, key: str, version: int | None = None) -> bool:
        """Take a key's end away."""
        return bool(self.touch(key, None, version=version))

    def lock(self, *_: Any, **__: Any) -> Any:
        """A lock; there is nobody to be locked out."""
        return contextlib.nullcontext(True)
