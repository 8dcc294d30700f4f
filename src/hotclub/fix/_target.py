"""What can be edited: one class for each way in which a project says what it will query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from hotclub.fix._chain import Chain
from hotclub.fix._edit import chain_edits
from hotclub.fix._source import Source
from hotclub.fix._stated import Stated
from hotclub.fix.model import Edit, Lookup, spell


class Target(Protocol):
    """A queryset expression, or what stands for one."""

    @property
    def source(self) -> Source:
        """The file that it is in."""

    @property
    def key(self) -> int:
        """Equal for targets in a file that are one queryset."""

    @property
    def stated(self) -> Stated:
        """The lookups that are there already."""

    @property
    def one_row(self) -> bool:
        """Whether at most one row is ever fetched."""

    @property
    def forward_joins_only(self) -> bool:
        """Whether ``select_related`` can only be said of forward keys here."""

    @property
    def joins(self) -> bool:
        """Whether ``select_related`` can be said here at all."""

    def says(self, lookups: tuple[Lookup, ...]) -> str:
        """What will be said here, in words for a list of edits."""

    def edits(self, lookups: tuple[Lookup, ...], limit: int) -> list[Edit]:
        """The edits that add lookups; ``limit`` is the longest line allowed."""


@dataclass(frozen=True)
class ChainTarget:
    """A queryset expression in code."""

    chain: Chain
    forward_joins_only: bool = False
    joins: bool = True

    @property
    def source(self) -> Source:
        return self.chain.source

    @property
    def key(self) -> int:
        return self.chain.key

    @property
    def stated(self) -> Stated:
        return self.chain.stated

    @property
    def one_row(self) -> bool:
        return self.chain.one_row

    def says(self, lookups: tuple[Lookup, ...]) -> str:
        return spell(lookups)

    def edits(self, lookups: tuple[Lookup, ...], limit: int) -> list[Edit]:
        return chain_edits(self.chain, lookups, limit)
