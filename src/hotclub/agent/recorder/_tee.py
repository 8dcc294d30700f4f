"""A request's body, copied while the project reads it."""

from __future__ import annotations

from typing import Any


class Tee:
    """A stream that remembers what was read from it, up to a cap."""

    def __init__(self, stream: Any, cap: int) -> None:
        self._hotclub_stream = stream
        self._hotclub_cap = cap
        self.kept = bytearray()
        self.whole = True

    def read(self, *args: Any, **kwargs: Any) -> Any:
        """As the stream's."""
        return self._keep(self._hotclub_stream.read(*args, **kwargs))

    def readline(self, *args: Any, **kwargs: Any) -> Any:
        """As the stream's."""
        return self._keep(self._hotclub_stream.readline(*args, **kwargs))

    def __iter__(self) -> Any:
        return map(self._keep, self._hotclub_stream)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._hotclub_stream, name)

    def _keep(self, data: Any) -> Any:
        room = self._hotclub_cap - len(self.kept)
        if len(data) > room:
            self.whole = False
        self.kept += data[: max(room, 0)]
        return data
