"""Data classes from the JSON that `dataclasses.asdict` makes of them."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Iterable
from typing import Any, Union, get_args, get_origin, get_type_hints


def decoded(kind: Any, value: Any) -> Any:
    """``value`` as ``kind``: a data class, a tuple of such, one of them or None, or a plain type.
    Keys that a class does not have are left out, fields that are not there have their defaults."""
    if value is None:
        return None
    if dataclasses.is_dataclass(kind):
        hints = get_type_hints(kind)
        names = (field.name for field in dataclasses.fields(kind) if field.name in value)
        make: Any = kind
        return make(**{name: decoded(hints[name], value[name]) for name in names})
    if get_origin(kind) is tuple:
        return tuple(decoded(*pair) for pair in zip(_items(kind, len(value)), value, strict=True))
    if get_origin(kind) in (Union, types.UnionType):
        return decoded(next(one for one in get_args(kind) if one is not type(None)), value)
    return value


def _items(kind: Any, count: int) -> Iterable[Any]:
    first, *rest = get_args(kind)
    return [first] * count if rest == [...] else [first, *rest]
