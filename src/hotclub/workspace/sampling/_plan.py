"""How a database is to be sampled, before its first row is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from hotclub.workspace.sampling._shape import Shape
from hotclub.workspace.sampling._wanted import Wanted


class Known(Protocol):
    """What a kind of database knows of one: its shape, and more of its own."""

    @property
    def shape(self) -> Shape:
        """Its tables and what names what."""


K = TypeVar("K", bound=Known)


@dataclass(frozen=True)
class Plan(Generic[K]):
    """So many rows of a table, in all about ``size`` bytes."""

    known: K = field(repr=False)
    rows: int
    size: int

    @classmethod
    def of(cls, where: str, known: K, wanted: Wanted, limit: int) -> Plan[K]:
        """For the database ``where``.

        Raises:
            HotclubError: the sample would be too big itself.
        """
        return cls(known, *wanted.share(where, known.shape.tables, limit))
