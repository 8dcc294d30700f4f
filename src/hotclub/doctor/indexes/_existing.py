"""Indexes that a database has already, and how two of them compare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Existing:
    """One index."""

    table: str
    name: str
    keys: tuple[str, ...]
    """Equal where two indexes sort alike: column or expression, direction, operators, collation."""
    columns: tuple[str | None, ...]
    include: tuple[str, ...]
    condition: str
    method: str
    needed: bool
    """It keeps rows apart or serves a constraint."""
    bytes: int
    declared: str = ""
    field: str = ""

    @property
    def is_plain(self) -> bool:
        """Whether it could be an index more: sorted, and no constraint's."""
        return self.method == "btree" and not self.needed

    def same(self, other: Existing) -> bool:
        """Whether two sort the same rows by the same keys."""
        return (
            (self.table, self.keys, self.condition) == (other.table, other.keys, other.condition)
            and other.method == "btree"
            and set(self.include) <= {*other.include, *other.columns}
        )

    def begins(self, other: Existing) -> bool:
        """Whether the other one has these keys first, and then more."""
        count = len(self.keys)
        return (
            count < len(other.keys)
            and (self.table, self.keys) == (other.table, other.keys[:count])
            and self.condition == other.condition
            and other.method == "btree"
            and set(self.include) <= {*other.include, *other.columns}
        )


@dataclass(frozen=True)
class Spare:
    """An index that could go, the code of the finding, and what does the same."""

    code: str
    index: Existing
    instead: Existing | None = None


def existing(
    answer: Sequence[Mapping[str, Any]], models: Mapping[str, Mapping[str, Any]]
) -> list[Existing]:
    """What the agent's catalogue says, with what of a model makes each."""
    found = []
    for one in answer:
        columns = tuple(one["columns"])
        declared, field = _declared(one["name"], columns, models[one["table"]])
        found.append(
            Existing(
                table=one["table"],
                name=one["name"],
                keys=tuple(one["keys"]),
                columns=columns,
                include=tuple(filter(None, one["include"])),
                condition=one["condition"],
                method=one["method"],
                needed=one["needed"],
                bytes=one["bytes"],
                declared=declared,
                field=field,
            )
        )
    return found


def _declared(
    name: str, columns: tuple[str | None, ...], model: Mapping[str, Any]
) -> tuple[str, str]:
    if name in model["indexes"]:
        return "Meta.indexes", ""
    column = columns[0] if len(columns) == 1 else None
    if column in model["indexed"] and not name.endswith("_like"):
        return str(model["indexed"][column]), str(model["columns"][column])
    return "", ""
