"""What every room asks a child for: a target of the crawl, a request of a diagnosis, a proof's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Asked(Protocol):
    """A request, complete enough to be made, and made again."""

    @property
    def label(self) -> str:
        """How findings name it: ``GET /products/?page=2``."""

    @property
    def method(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def query(self) -> str: ...
    @property
    def headers(self) -> Sequence[tuple[str, str]]: ...
    @property
    def body(self) -> bytes: ...
    @property
    def user(self) -> str | None: ...
