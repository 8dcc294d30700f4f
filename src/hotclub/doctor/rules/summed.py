"""HC303: sums, extremes, counts and groups made in Python of a column or two of many rows."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from hotclub.doctor._seen import Seen, Sighting
from hotclub.doctor.rules._consumed import Consumer, columns, consumers, is_call
from hotclub.doctor.rules._loaded import loaded

CODE = "HC303"
TITLE = "rows loaded to be added up in Python"
LEAST = 5
_NAMES = {"sum": "Sum", "max": "Max", "min": "Min", "fsum": "Sum", "mean": "Avg", "len": "Count"}


def look(seen: Seen) -> Iterator[Sighting]:
    """Every such queryset of one request."""
    for consumer in consumers(seen, LEAST):
        advice = _advice(consumer)
        if advice:
            yield loaded(seen, consumer, CODE, TITLE, advice)


def _advice(consumer: Consumer) -> str:
    """What the database could do in the loop's place; empty if it is not only adding up."""
    if isinstance(consumer.loop, ast.For):
        return _of_loop(consumer, consumer.loop)
    if isinstance(consumer.loop, ast.DictComp):
        return ""
    taken = columns(consumer, consumer.loop.elt, *consumer.loop.generators[0].ifs)
    call = next(iter(consumer.around), None)
    if not taken or not isinstance(call, ast.Call) or call.args[:1] != [consumer.loop]:
        return ""
    if is_call(call, "Counter"):
        return f'group by it: .values("{taken[0]}").annotate(Count("pk"))'
    if is_call(call, *_NAMES) and not any(word.arg == "key" for word in call.keywords):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id  # type: ignore[attr-defined]
        if isinstance(consumer.loop, ast.SetComp):
            return ""
        return f'add up in the database: .aggregate({_NAMES[name]}("{taken[0]}"))'
    return ""


def _of_loop(consumer: Consumer, loop: ast.For) -> str:
    """A loop whose whole body is ``total += row.price`` or ``totals[row.key] += row.price``,
    perhaps behind an ``if`` of columns."""
    tests: list[ast.AST] = []
    body = loop.body
    while len(body) == 1 and isinstance(body[0], ast.If) and not body[0].orelse:
        tests.append(body[0].test)
        body = body[0].body
    adding = body[0] if len(body) == 1 else None
    if not isinstance(adding, ast.AugAssign) or not isinstance(adding.op, ast.Add):
        return ""
    target = adding.target
    key = [target.slice] if isinstance(target, ast.Subscript) else []
    taken = columns(consumer, adding.value, *key, *tests)
    if not taken or not isinstance(target, (ast.Name, ast.Subscript)):
        return ""
    if key:
        return f'group by it: .values("{_attribute(key[0]) or taken[0]}").annotate(…)'
    return f'add up in the database: .aggregate(Sum("{taken[0]}"))'


def _attribute(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else ""
