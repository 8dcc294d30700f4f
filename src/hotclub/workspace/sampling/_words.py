"""What a sample is, in words: it stands in every report that rests on one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from hotclub.workspace.sampling._shape import Table

_NAMED = 3


@dataclass(frozen=True)
class Sampled:
    """A database of which a sample was taken; ``cut`` has the tables that lack rows, with how many
    they have and about how many the original has."""

    where: str
    rows: int
    tables: int
    cut: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        where: str,
        rows: int,
        tables: Sequence[Table],
        have: Mapping[str, int],
        shown: Callable[[str], str] = str,
    ) -> Sampled:
        """From how many rows those have that lack some; ``shown`` is how a table is named here."""
        there = {table.name: table.rows for table in tables}
        cut = {shown(name): (count, max(count, there[name])) for name, count in have.items()}
        return cls(where, rows, len(tables), cut)

    def __str__(self) -> str:
        if not self.cut:
            return f"the database {self.where} has no more than {self.rows:,} rows in a table"
        largest = sorted(self.cut.items(), key=lambda one: -one[1][1])
        named = ", ".join(
            f"{name} {have:,} of about {there:,}" for name, (have, there) in largest[:_NAMED]
        )
        more = f" and {len(largest) - _NAMED} more" if len(largest) > _NAMED else ""
        return (
            f"the database {self.where} is a sample, {len(self.cut)} of its {self.tables} tables "
            f"cut to about {self.rows:,} rows and what these name: {named}{more}"
        )
