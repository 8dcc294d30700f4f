"""What can go wrong with a child of the workspace."""

from __future__ import annotations

from typing import Any

from hotclub.errors import HotclubError


class ChildError(HotclubError):
    """A child process of the workspace is gone. ``log`` is the tail of what it printed."""

    def __init__(self, message: str, log: str = "") -> None:
        super().__init__(message)
        self.log = log


class ChildTimeout(ChildError):
    """A call took longer than allowed; the child and its process group were killed.

    ``where`` names the project's own line it was at (``shop/views.py:12``), or is empty.
    """

    def __init__(self, message: str, log: str = "", where: str = "") -> None:
        super().__init__(message, log)
        self.where = where


class ChildDied(ChildError):
    """The child ended by itself in the middle of a call, or was no longer there for it."""


class AgentError(HotclubError):
    """The agent answered, and the answer is that the project cannot do it.

    ``kind`` is ``settings``, ``import``, ``migrations``, ``database``, ``request`` (a bad
    request of ours) or ``internal``; ``file`` (relative to the project where it is in it),
    ``line`` and ``code`` tell the project's own last frame, where there is one.
    """

    def __init__(self, error: dict[str, Any]) -> None:
        self.kind: str = error.get("kind", "internal")
        self.file: str | None = error.get("file")
        self.line: int | None = error.get("line")
        self.code: str | None = error.get("code")
        self.detail: str = error.get("message", "")
        super().__init__(self._text())

    def _text(self) -> str:
        if not self.file:
            return self.detail
        code = f"\n    {self.code}" if self.code else ""
        return f"{self.detail}\n  {self.file}, line {self.line}{code}"
