"""A copy of a database that is on a server: what both kinds of server have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from hotclub.workspace._login import Login


class Placed(Protocol):
    """A database of the user's."""

    @property
    def place(self) -> Login:
        """Where it is, as the settings have it."""


OriginalT = TypeVar("OriginalT", bound=Placed)
PlacedT = TypeVar("PlacedT", bound=Placed, contravariant=True)


class Host(Protocol[PlacedT]):
    """A server that copies are on."""

    @property
    def is_private(self) -> bool:
        """Whether it is for nothing else."""

    @property
    def allow(self) -> list[str]:
        """What the guard lets children reach: entries for ``HOTCLUB_GUARD_ALLOW``."""

    def login(self, original: PlacedT, name: str) -> Login:
        """What Django's settings for a copy are to hold."""

    def public_login(self, original: PlacedT, name: str) -> Login:
        """The same for the environment, where programs expect a host and a port."""

    def drop(self, name: str) -> None:
        """Remove a copy."""

    def close(self) -> None:
        """Remove all copies."""


@dataclass(frozen=True)
class Clone(Generic[OriginalT]):
    """One run's database, as one alias sees it."""

    original: OriginalT
    server: Host[OriginalT]
    name: str

    @property
    def place(self) -> Login:
        """The original's."""
        return self.original.place

    @property
    def login(self) -> Login:
        """For Django's settings."""
        return self.server.login(self.original, self.name)

    @property
    def public_login(self) -> Login:
        """For the environment."""
        return self.server.public_login(self.original, self.name)
