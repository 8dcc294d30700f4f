"""Conditions for the rows after a given one, in an order of several keys.

One condition would do, ``k1 > a OR k1 = a AND (k2 < b OR …)``, and no database finds its rows by an
index. So the rows after are cut into *stretches*, each of which an index finds by equality on the
first keys and one comparison on those after, and which follow one another::

    k1 ascending, k2 and k3 descending, after (a, b, c):

        k1 = a AND (k2, k3) < (b, c)        then        k1 > a

Keys of one direction are compared as a row, where the database uses an index for that; then an
order of one direction has one stretch only. NULLs make two more cases: where they come last,
they are a stretch of their own, and after a NULL there are those that share it, then the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import BooleanField, Func
from django.db.models.lookups import IsNull

from hotclub.pagination._order import Key

ROWS = frozenset({"postgresql", "sqlite"})
"""Databases that find ``(a, b) > (1, 2)`` by an index on ``(a, b)``."""


class Compare(Func):
    """``(keys) > (values)``; the values are as the database gave them."""

    def __init__(self, keys: Sequence[Any], operator: str, values: Sequence[Any]) -> None:
        super().__init__(*keys, output_field=BooleanField())
        self.operator = operator
        self.values = tuple(values)

    def as_sql(self, compiler: Any, connection: Any, **more: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        parts, params = [], []
        for source in self.get_source_expressions():
            sql, held = compiler.compile(source)
            parts.append(sql)
            params += held
        marks = ["%s"] * len(parts)
        if len(parts) == 1:
            return f"{parts[0]} {self.operator} %s", [*params, *self.values]
        left, right = ", ".join(parts), ", ".join(marks)
        return f"({left}) {self.operator} ({right})", [*params, *self.values]


Stretch = list[Any]
"""Conditions that all hold."""


def stretches(
    keys: Sequence[Key], values: Sequence[Any], inclusive: bool, rows: bool
) -> list[Stretch]:
    """What follows ``values`` in the order of ``keys``, in that order.

    ``inclusive``: the row with these values too. ``rows``: compare several keys as a row.
    """
    runs = list(_runs(keys, values, rows))
    found: list[Stretch] = []
    for number in reversed(range(len(runs))):
        begin, end = runs[number]
        same = [_equal(key, value) for key, value in zip(keys[:begin], values, strict=False)]
        including = inclusive and end == len(keys)
        for condition in _after(keys[begin:end], values[begin:end], including):
            found.append([*same, condition])
    return found


def _runs(keys: Sequence[Key], values: Sequence[Any], rows: bool) -> Iterator[tuple[int, int]]:
    """Bounds of the keys that can be compared at once."""
    begin = 0
    for end in range(1, len(keys) + 1):
        if end < len(keys) and rows and _together(keys[end - 1 : end + 1], values[end - 1 :]):
            continue
        yield begin, end
        begin = end


def _together(keys: Sequence[Key], values: Sequence[Any]) -> bool:
    """Whether two neighbours can be parts of a row."""
    one, other = keys
    alike = one.descending is other.descending and not (one.apart or other.apart)
    return alike and _plain(one, values[0]) and _plain(other, values[1])


def _plain(key: Key, value: Any) -> bool:
    """Whether a comparison alone says what is after: NULLs, if any, lie before."""
    return value is not None and (key.nulls_first or not key.nullable)


def _equal(key: Key, value: Any) -> Any:
    return (
        IsNull(key.expression, True) if value is None else Compare([key.expression], "=", [value])
    )


def _after(keys: Sequence[Key], values: Sequence[Any], inclusive: bool) -> Iterator[Any]:
    first = keys[0]
    if values[0] is None:
        if inclusive:
            yield IsNull(first.expression, True)
        if first.nulls_first:
            yield IsNull(first.expression, False)
        return
    operator = ("<" if first.descending else ">") + ("=" if inclusive else "")
    yield Compare([key.expression for key in keys], operator, values)
    if first.nullable and not first.nulls_first:
        yield IsNull(first.expression, True)
