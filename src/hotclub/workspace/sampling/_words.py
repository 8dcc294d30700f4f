"""What a sample is, in words: it stands in every report that rests on one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

_NAMED = 3


@dataclass(frozen=True)
class Sampled:
    """A database of which a sample was taken; ``cut`` has the tables that lack rows, with how many
    they have and about how many the original has."""

    where: str
    rows: int
    tables: int
    cut: Mapping[str, tuple[int, int]] = field(default_factory=dict)

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
