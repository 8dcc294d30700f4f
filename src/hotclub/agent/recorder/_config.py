"""What a recording is told before it begins."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

ENVIRONMENT = "HOTCLUB_RECORD"
BY_HAND = 86_400.0
"""An interval for those who call `flush` themselves: the thread that writes also parses sources,
and CPython 3.11 fails where two threads do at once (pytest parses those of a failure)."""


@dataclass(frozen=True)
class Config:
    """How to record.

    path: the recording; it is made when the first request is written.
    root: the project's root; only code below it counts as the project's.
    depth: ``light`` for production, ``deep`` (parameters, SQL, bodies) on a copy.
    own_crawl: nothing is redacted; only for requests that nobody but hotclub made.
    body_cap: bytes kept of a request's or response's body (deep).
    ring_events, ring_bytes: what may wait to be written before requests are dropped.
    interval: seconds between two writes.
    patience: seconds to wait for a locked file before what waits is dropped.
    sample_rate: the share of requests that is recorded, by chance; above 0, 1 for all.

    Raises ValueError for a depth or a share that is none.
    """

    path: str | Path
    root: str | Path
    depth: str = "light"
    own_crawl: bool = False
    body_cap: int = 1 << 20
    ring_events: int = 200_000
    ring_bytes: int = 64 << 20
    interval: float = 0.25
    patience: float = 5.0
    sample_rate: float = 1.0

    def __post_init__(self) -> None:
        if self.depth not in ("light", "deep"):
            raise ValueError(f"depth must be 'light' or 'deep', not {self.depth!r}")
        if not 0 < self.sample_rate <= 1:
            raise ValueError(f"sample_rate must be above 0 and at most 1, not {self.sample_rate}")
        object.__setattr__(self, "sample_rate", float(self.sample_rate))
        object.__setattr__(self, "path", os.path.abspath(self.path))
        object.__setattr__(self, "root", os.path.abspath(self.root))

    @property
    def deep(self) -> bool:
        """Whether values are kept."""
        return self.depth == "deep"

    def environment(self) -> dict[str, str]:
        """The variables from which :meth:`from_environment` makes this again."""
        return {
            ENVIRONMENT: str(self.path),
            f"{ENVIRONMENT}_ROOT": str(self.root),
            f"{ENVIRONMENT}_DEPTH": self.depth,
            f"{ENVIRONMENT}_SAMPLE_RATE": str(self.sample_rate),
        }

    @classmethod
    def from_environment(cls, environ: dict[str, str]) -> Config | None:
        """The configuration that `hotclub record` left in the environment, if it did."""
        path = environ.get(ENVIRONMENT)
        if not path:
            return None
        root = environ.get(f"{ENVIRONMENT}_ROOT") or os.getcwd()
        depth = environ.get(f"{ENVIRONMENT}_DEPTH", "light")
        rate = float(environ.get(f"{ENVIRONMENT}_SAMPLE_RATE") or 1)
        return cls(path, root, "deep" if depth == "deep" else "light", sample_rate=rate)
