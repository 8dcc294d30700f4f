"""HC408: querysets of one model, run one after the other and put together in Python.

`list(a) + list(b)`, `[*a, *b]` and `chain(a, b)`, by whatever goes over them: two queries where one
would do, which could sort and page them as well. The source has to say so in one expression; what
one queryset gives in several rounds of a loop is no merging.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from hotclub.doctor._seen import Seen, Sighting
from hotclub.doctor._sources import Chain
from hotclub.doctor.finding import Place
from hotclub.doctor.rules._consumed import is_call
from hotclub.doctor.rules._evaluation import evaluation
from hotclub.doctor.rules._used import Use, at, is_whole, uses
from hotclub.recording import Batch

CODE = "HC408"
TITLE = "querysets put together in Python"
SHAPE = "merged"
ADVICE = "let the database put them together: a | b, or a.union(b) where they cannot be combined"
Part = tuple[Use, Batch, tuple[Place, ...]]


def look(seen: Seen) -> Iterator[Sighting]:
    """Every such expression of one request, each model by itself."""
    groups: dict[tuple[str, ast.expr, str], list[Part]] = {}
    for use in uses(seen):
        event, batch = use.evaluating, use.batch
        places = at(seen, event) if event is not None else ()
        if batch is None or not places or not is_whole(batch):
            continue
        merging = _merging(seen.stacks.sources.at(places[0]))
        if merging is not None:
            key = (places[0].path, merging, batch.model)
            groups.setdefault(key, []).append((use, batch, places))
    for (*_, model), parts in groups.items():
        different = len({use.made for use, *_ in parts})
        if different > 1:
            yield _sighting(seen, model, parts, different)


def _merging(chain: Chain) -> ast.expr | None:
    """The expression that puts together what stands at the beginning of a chain."""
    node = chain[0] if chain else None
    if is_call(node, "list", "tuple"):
        sums = [one for one in _sums(chain) if isinstance(one, ast.BinOp)]
        if sums:
            return sums[-1]
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        return node if sum(isinstance(one, ast.Starred) for one in node.elts) > 1 else None
    return _chained(node)


def _sums(chain: Chain) -> Iterator[ast.AST]:
    """The sums that a node is a part of, innermost first."""
    for above in chain[1:]:
        if not isinstance(above, ast.BinOp) or not isinstance(above.op, ast.Add):
            return
        yield above


def _chained(node: ast.AST | None) -> ast.expr | None:
    """`chain(a, b)`, or what goes over it and nothing else."""
    while isinstance(node, ast.Call):
        if is_call(node, "chain"):
            return node if len(node.args) > 1 else None
        node = node.args[0] if node.args else None
    return None


def _sighting(seen: Seen, model: str, parts: list[Part], different: int) -> Sighting:
    _, first, places = parts[0]
    rows = [batch.size for _, batch, _ in parts]
    counted = " and ".join(f"{size:,}" for size in rows[:different])
    detail = f"{counted} of {model} put together"
    words = {"code": CODE, "title": TITLE, "advice": ADVICE, "detail": detail}
    asked = seen.queries_of.get(first.id, [])
    return replace(
        evaluation(seen, first, places, 0, words),
        shape=SHAPE,
        members=sum(rows),
        loads=len(parts),
        queries=len(parts),
        rows=sum(rows),
        duration_ns=sum(batch.duration_ns for _, batch, _ in parts),
        site=None,
        saves=len(parts) * (1 - 1 / different),
        share=1 - 1 / different,
        statement=asked[0].statement_id if asked else None,
    )
