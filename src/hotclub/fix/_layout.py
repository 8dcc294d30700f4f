"""Where a new call goes on the page, so that the diff is what the developer would have written.

A chain that has its calls on lines of their own gets one more line. A chain on one line stays
there while the line is short enough; beyond that the statement is opened as Black would:

    return (                                    return render(
        Product.objects.filter(x)                   request, … .select_related("a")
        .select_related("a")                    )
    )

Arguments that share a line get one each (`_spread`). Where nothing of that is possible, the call is
opened inside its own parentheses.
"""

from __future__ import annotations

import libcst as cst

from hotclub.fix._calls import Call, dot_before, dots, indents, open_up
from hotclub.fix._chain import Chain
from hotclub.fix._source import Source
from hotclub.fix._spread import one_a_line, spread
from hotclub.fix.model import Edit


def insert(chain: Chain, calls: list[Call], limit: int) -> list[Edit]:
    """The edits that put calls at a queryset's end; ``limit`` is the longest line allowed."""
    source, end = chain.source, chain.key
    dot = _line_dot(chain)
    if dot is not None and not chain.manager:
        return [_own_lines(source, end, dot, calls, limit)]
    inline = chain.manager + "".join(f".{call}" for call in calls)
    plain = [Edit(end, end, inline)]
    start, stop = source.line_span(end)
    if stop - start + len(inline) <= limit:
        return plain
    broken = _break_arguments(source, end, chain.manager, calls, limit)
    parted = one_a_line(source, (plain[0], broken[0]), limit)
    if parted is not None:
        return parted
    top = _top(source, chain)
    statement = _one_line_value(source, chain.end)
    if statement is not None:
        opened = _parenthesised(chain, calls, top, limit) if top is statement else None
        opened = opened or _exploded(source, statement, plain[0], limit)
        opened = opened or spread(chain, calls, statement, top, limit)
        if opened:
            return opened
    first = broken[0].text.partition(source.newline)[0]
    if end - start + len(first) <= limit:
        return broken
    return _parenthesised(chain, calls, top, limit) or broken


def _top(source: Source, chain: Chain) -> cst.BaseExpression:
    """The whole expression that goes on from a queryset's end: calls, slices, attributes."""
    node: cst.BaseExpression = chain.end
    while True:
        above = source.parent(node)
        inner = above.func if isinstance(above, cst.Call) else getattr(above, "value", None)
        if inner is not node or not isinstance(above, (cst.Call, cst.Attribute, cst.Subscript)):
            return node
        node = above


def _line_dot(chain: Chain) -> int | None:
    """The dot of the queryset's last call, or of the next one, if it begins its line."""
    source = chain.source
    calls = [link.call for link in chain.links]
    last = [call for call in calls if source.span(call)[1] <= chain.key][-1:]
    following = [call for call in calls if source.span(call)[1] > chain.key][:1]
    for call in last + following:
        dot = dot_before(source, call)
        if not source.text[source.line_span(dot)[0] : dot].strip():
            return dot
    return None


def _own_lines(source: Source, end: int, dot: int, calls: list[Call], limit: int) -> Edit:
    line = source.line_span(dot)[0]
    indent = source.text[line:dot]
    before = source.text[:line].rstrip("\r\n")
    newline = source.newline
    if before.endswith("\\"):
        newline = f" \\{newline}"
    else:  # a comment stays with the line it is on
        rest = source.text[end : source.line_span(end)[1]]
        if rest.lstrip().startswith("#"):
            end += len(rest)
    begin, room = source.newline + indent, limit - len(indent)
    text = "".join(f"{newline}{indent}.{call.laid_out(begin, room)}" for call in calls)
    return Edit(end, end, text)


def _one_line_value(source: Source, node: cst.CSTNode) -> cst.BaseExpression | None:
    """The value that a statement assigns or returns, if the node is in it and all on one line."""
    child: cst.CSTNode = node
    above = source.parent(node)
    while above is not None and not isinstance(above, cst.BaseSmallStatement):
        child, above = above, source.parent(above)
    line = source.parent(above) if above is not None else None
    if not isinstance(above, (cst.Assign, cst.AnnAssign, cst.Return, cst.Expr)):
        return None
    if not isinstance(line, cst.SimpleStatementLine) or len(line.body) != 1:
        return None
    if child is not above.value or not isinstance(child, cst.BaseExpression) or child.lpar:
        return None
    start, end = source.span(child)
    return child if source.line(start) == source.line(end) else None


def _parenthesised(
    chain: Chain, calls: list[Call], top: cst.BaseExpression, limit: int
) -> list[Edit] | None:
    """The whole expression in parentheses, one call a line; None if that would not help."""
    source = chain.source
    links = [link.call for link in chain.links]
    start, end = source.span(top)
    one_line = source.line(start) == source.line(end)
    if chain.manager or top.lpar or not one_line or len(links) + len(calls) < 2:
        return None
    outer, inner = indents(source, start)
    room = limit - len(inner) + len(source.newline)
    text = "".join(f"{inner}.{call.laid_out(inner, room)}" for call in calls)
    added = Edit(chain.key, chain.key, text)
    broken = [Edit(dot, dot, inner) for dot in dots(chain)]
    return [Edit(start, start, f"({inner}"), added, *broken, Edit(end, end, f"{outer})")]


def _exploded(
    source: Source, value: cst.BaseExpression, edit: Edit, limit: int
) -> list[Edit] | None:
    """The arguments of the statement's own call on a line of their own."""
    if not isinstance(value, cst.Call) or not value.args:
        return None
    opening = source.text.index("(", source.span(value.func)[1]) + 1
    closing = source.span(value)[1] - 1
    outer, inner = indents(source, opening)
    width = len(inner) - len(source.newline) + closing - opening + len(edit.text)
    if not opening <= edit.start <= closing or width > limit:
        return None
    return [Edit(opening, opening, inner), edit, Edit(closing, closing, outer)]


def _break_arguments(
    source: Source, end: int, manager: str, calls: list[Call], limit: int
) -> list[Edit]:
    outer, inner = indents(source, end)
    first = "".join(f".{call}" for call in calls[:-1])
    last, room = calls[-1], limit - len(inner) + len(source.newline)
    inside = ", ".join(last.arguments)
    if len(inside) > room:
        inside = inner.join(f"{open_up(one, inner, room - 1)}," for one in last.arguments)
    text = f"{manager}{first}.{last.name}({inner}{inside}{outer})"
    return [Edit(end, end, text)]
