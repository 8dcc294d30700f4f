"""What the project's source does with the rows of a queryset, where it is plain to see.

Two things have to agree: the source, in which one comprehension or loop goes over the queryset and
takes nothing of each row but columns; and the recording, in which those columns, and no others,
were read of the instances. Either alone proves little.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from hotclub.doctor._seen import Seen
from hotclub.doctor._sources import COMPREHENSIONS, Chain
from hotclub.doctor.finding import Place
from hotclub.doctor.rules._used import Reads, Use, at, is_whole, reads, uses_of
from hotclub.recording import Batch

Loop = ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp | ast.For
_KEYS = frozenset({"pk", "id"})


@dataclass(frozen=True)
class Consumer:
    """A queryset's only use: a loop in the project's source."""

    batch: Batch
    loop: Loop
    around: Chain
    """What is around the loop, innermost first."""
    name: str
    """What the loop calls a row."""
    places: tuple[Place, ...]
    reads: Reads


def consumers(seen: Seen, least: int) -> Iterator[Consumer]:
    """The querysets of at least so many rows that one loop used up."""
    known = reads(seen)
    for number, (use, *others) in uses_of(seen).items():
        notes = known.get(number)
        if notes is not None and not others and not notes.opaque:
            consumer = _consumer(seen, use, notes, least)
            if consumer is not None:
                yield consumer


def _consumer(seen: Seen, use: Use, notes: Reads, least: int) -> Consumer | None:
    event, batch = use.evaluating, use.batch
    once = {each.what for each in use.events} <= {"iter", "len"}
    if event is None or batch is None or not once or len({e.stack for e in use.events}) > 1:
        return None
    places = at(seen, event)
    if batch.children or batch.size < least or not is_whole(batch) or not places:
        return None
    found = _loop(seen.stacks.sources.at(places[0]))
    return Consumer(batch, *found, places, notes) if found is not None else None


def tested_columns(consumer: Consumer, test: ast.AST) -> list[str]:
    """The columns that a condition is made of; none if it is made of anything else, or if one was
    not read."""
    found = _taken(consumer, test) if _is_plain(test, consumer.name) else []
    return found if all(name in consumer.reads.reads for name in found) else []


def _taken(consumer: Consumer, node: ast.AST) -> list[str]:
    found = (
        part.attr
        for part in ast.walk(node)
        if isinstance(part, ast.Attribute) and _is_name(part.value, consumer.name)
    )
    return list(dict.fromkeys(found))


def columns(consumer: Consumer, *nodes: ast.AST) -> list[str] | None:
    """The columns that these expressions take of a row, if that is all that they and the recording
    know of it; None if not."""
    found: list[str] = []
    for node in nodes:
        if not _is_plain(node, consumer.name):
            return None
        found += _taken(consumer, node)
    read = set(consumer.reads.reads)
    if {name for name in found if name not in _KEYS} != {n for n in read if n not in _KEYS}:
        return None
    return list(dict.fromkeys(found))


def is_call(node: ast.AST | None, *names: str) -> bool:
    """Whether a node calls a function of one of these names."""
    if not isinstance(node, ast.Call):
        return False
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return name in names


def _loop(chain: Chain) -> tuple[Loop, Chain, str] | None:
    """The loop that goes over the node at the beginning of a chain, or is that node."""
    for depth, node in enumerate(chain[:3]):
        if isinstance(node, COMPREHENSIONS):
            clause = node.generators[0]
            plain = len(node.generators) == 1 and isinstance(clause.target, ast.Name)
            over = depth == 0 or clause.iter is chain[0]
            if plain and over and isinstance(clause.target, ast.Name):
                return node, chain[depth + 1 :], clause.target.id
            return None
        if isinstance(node, ast.For):
            if node.iter is chain[0] and isinstance(node.target, ast.Name) and not node.orelse:
                return node, chain[depth + 1 :], node.target.id
            return None
    return None


_PLAIN = (
    ast.Attribute, ast.Name, ast.Constant, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare,
    ast.operator, ast.unaryop, ast.boolop, ast.cmpop, ast.expr_context, ast.Tuple,
)  # fmt: skip


def _is_plain(node: ast.AST, name: str) -> bool:
    """Whether an expression is made of columns of the row, constants and names."""
    attributes = [part for part in ast.walk(node) if isinstance(part, ast.Attribute)]
    taken = sum(_is_name(part.value, name) for part in attributes)
    rows = sum(_is_name(part, name) for part in ast.walk(node))
    return taken == rows and all(isinstance(part, _PLAIN) for part in ast.walk(node))


def _is_name(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name
