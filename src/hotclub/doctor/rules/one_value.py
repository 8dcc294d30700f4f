"""HC407: whole rows made for one or two columns, which `values_list()` would bring alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from hotclub.doctor._seen import Seen, Sighting
from hotclub.doctor.rules._consumed import Consumer, columns, consumers, is_call
from hotclub.doctor.rules._loaded import VALUES, loaded

CODE = "HC407"
TITLE = "whole rows loaded for one value each"
LEAST = 10
_SPARED = 3
"""So many columns have to be left over."""
_MOST = 2
_TAKES_VALUES = (
    "list", "set", "tuple", "sorted", "dict", "frozenset", "join", "extend", "update",
)  # fmt: skip


def look(seen: Seen) -> Iterator[Sighting]:
    """Every such queryset of one request."""
    for consumer in consumers(seen, LEAST):
        taken = _taken(consumer)
        facts = consumer.batch.queryset or {}
        left = consumer.reads.columns - len(consumer.reads.reads)
        if taken and left >= _SPARED and not (facts["only"] or facts["defer"]):
            flat = ", flat=True" if len(taken) == 1 else ""
            names = ", ".join(f'"{name}"' for name in taken)
            advice = f"ask for the values alone: .values_list({names}{flat})"
            yield loaded(seen, consumer, CODE, TITLE, advice, VALUES)


def _taken(consumer: Consumer) -> list[str]:
    """The columns of a comprehension that is made of nothing else."""
    loop = consumer.loop
    if isinstance(loop, ast.For) or loop.generators[0].ifs:
        return []
    parts: list[ast.expr] = [loop.key, loop.value] if isinstance(loop, ast.DictComp) else [loop.elt]
    if len(parts) == 1 and isinstance(parts[0], ast.Tuple):
        parts = parts[0].elts
    call = next(iter(consumer.around), None)
    whole = not isinstance(loop, ast.GeneratorExp) or is_call(call, *_TAKES_VALUES)
    if (
        not whole
        or len(parts) > _MOST
        or not all(isinstance(part, ast.Attribute) for part in parts)
    ):
        return []
    return columns(consumer, *parts) or []
