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
from hotclub.fix._source import Source, Span
from hotclub.fix.model import Edit, apply_edits


def one_a_line(source: Source, edits: tuple[Edit, ...], limit: int) -> list[Edit] | None:
    """Arguments that share a line between their parentheses, each on a line of its own.

    ``edits`` are forms of the one edit inside them, the first that is short enough counts.
    """
    found = _sharing(source, edits[0].start)
    if found is None:
        return None
    spans, indent, comma = found
    parted = [Edit(a[1], b[0], f",{source.newline}{indent}") for a, b in pairwise(spans)]
    parted += [] if comma else [Edit(spans[-1][1], spans[-1][1], ",")]
    forms = [[edit, *parted] for edit in edits]
    return next((form for form in forms if _longest(source, form) <= limit), None)


def _sharing(source: Source, offset: int) -> tuple[list[Span], str, bool] | None:
    """The arguments that share the line of an offset with nothing else, their indent, and whether
    a comma follows the last one."""
    start, stop = source.line_span(offset)
    if source.text[:start].rstrip()[-1:] != "(":
        return None
    for call in source.nodes(cst.Call):
        spans = [source.span(arg) for arg in call.args]
        if len(spans) < 2 or not start <= spans[0][0] <= offset <= spans[-1][1] <= stop:
            continue
        indent = source.text[start : spans[0][0]]
        rest = source.text[spans[-1][1] : stop].strip()
        if not indent.strip() and rest in ("", ","):
            return spans, indent, bool(rest)
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
