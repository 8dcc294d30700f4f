"""Arguments on lines of their own, where a call has grown too long for one: as Black would.

page = Paginator(                       return show(
    Product.objects.filter(x)               request,
    .order_by("pk")                         queryset=User.objects.select_related("st"),
    .select_related("a"),                   template="users.html",
    48,                                 )
)
"""

from __future__ import annotations

from itertools import pairwise

import libcst as cst

from hotclub.fix._calls import Call, dots, indents
from hotclub.fix._chain import Chain
from hotclub.fix._source import Source
from hotclub.fix.model import Edit, apply_edits


def one_a_line(source: Source, edit: Edit, limit: int) -> list[Edit] | None:
    """Arguments that share a line between their parentheses, each on a line of its own."""
    start, stop = source.line_span(edit.start)
    for call in source.nodes(cst.Call):
        spans = [source.span(arg) for arg in call.args]
        if len(spans) < 2 or source.text[start : spans[0][0]].strip():
            continue
        if not (start <= spans[0][0] <= edit.start <= spans[-1][1] <= stop):
            continue
        rest = source.text[spans[-1][1] : stop].strip()
        if rest not in ("", ",") or source.text[:start].rstrip()[-1:] != "(":
            continue
        indent = source.text[start : spans[0][0]]
        widths = [
            len(indent) + b - a + 1 + len(edit.text) * (a <= edit.start <= b) for a, b in spans
        ]
        if max(widths) > limit:
            return None
        edits = [Edit(a[1], b[0], f",{source.newline}{indent}") for a, b in pairwise(spans)]
        return [edit, *edits, *([] if rest else [Edit(spans[-1][1], spans[-1][1], ",")])]
    return None


def spread(
    chain: Chain, calls: list[Call], value: cst.BaseExpression, top: cst.BaseExpression, limit: int
) -> list[Edit] | None:
    """A statement's own call with its arguments on lines of their own, and the one that is the
    chain with its calls on lines of their own."""
    if not isinstance(value, cst.Call) or chain.manager or not dots(chain):
        return None
    if not any(arg.value is top for arg in value.args):
        return None
    source = chain.source
    spans = [source.span(arg) for arg in value.args]
    opening = source.text.index("(", source.span(value.func)[1]) + 1
    closing = source.span(value)[1] - 1
    outer, inner = indents(source, opening)
    edits = [
        Edit(opening, spans[0][0], inner),
        Edit(chain.key, chain.key, "".join(f"{inner}.{call}" for call in calls)),
        *(Edit(dot, dot, inner) for dot in dots(chain)),
        *(Edit(one[1], other[0], f",{inner}") for one, other in pairwise(spans)),
        Edit(spans[-1][1], closing, f",{outer}"),
    ]
    return edits if _longest(source, edits) <= limit else None


def _longest(source: Source, edits: list[Edit]) -> int:
    """The longest of the lines that edits on one line make of it."""
    start, stop = source.line_span(edits[0].start)
    text = apply_edits(source.text, edits)
    lines = text[start : stop + len(text) - len(source.text)].splitlines()
    return max(map(len, lines))
