"""The edits that make a queryset expression load more."""

from __future__ import annotations

import re
from collections.abc import Iterable

import libcst as cst

from hotclub.fix import _stated
from hotclub.fix._calls import Call
from hotclub.fix._chain import Chain
from hotclub.fix._layout import insert
from hotclub.fix._source import Source, Span
from hotclub.fix.model import METHODS, Edit, Lookup


def chain_edits(chain: Chain, lookups: tuple[Lookup, ...], limit: int) -> list[Edit]:
    """New arguments in the calls that are there, new calls at the queryset's end."""
    source = chain.source
    edits: list[Edit] = []
    new: list[Call] = []
    for method in METHODS:
        chosen = [lookup for lookup in lookups if lookup.method == method]
        replaced = {one: span for one in chosen if (span := _stated_as_text(chain, one))}
        edits += [Edit(*span, one.argument(source.quote)) for one, span in replaced.items()]
        arguments = tuple(one.argument(source.quote) for one in chosen if one not in replaced)
        call = _existing(chain, method) if arguments else None
        if call is not None:
            edits += append_arguments(source, call, arguments)
        elif arguments:
            new.append(Call(method, arguments))
    if new:
        edits += insert(chain, new, limit)
    return edits


def calls_of(lookups: Iterable[Lookup], quote: str) -> list[Call]:
    """One call of each method, where all are new."""
    chosen = list(lookups)
    return [
        Call(name, tuple(one.argument(quote) for one in chosen if one.method == name))
        for name in METHODS
        if any(one.method == name for one in chosen)
    ]


def _stated_as_text(chain: Chain, lookup: Lookup) -> Span | None:
    """Where the chain names plainly what a lookup loads by a queryset of its own."""
    calls = [link.call for link in chain.links if link.name == lookup.method and lookup.inner]
    found = (arg.value for call in calls for arg in call.args)
    return next((chain.source.span(one) for one in found if _stated.text(one) == lookup.path), None)


def literal(source: Source, path: str) -> str:
    """A lookup as a string, in the quotation marks of the file."""
    return f"{source.quote}{path}{source.quote}"


def _existing(chain: Chain, method: str) -> cst.Call | None:
    """The last call of a method that more arguments can be given to."""
    calls = [link.call for link in chain.links if link.name == method]
    if method == "annotate":  # what it says may rest on what stands between
        return None
    if not calls or not calls[-1].args or _stated.is_none(calls[-1]):
        return None
    if any(arg.keyword or arg.star == "**" for arg in calls[-1].args):
        return None
    return calls[-1]


def append_arguments(source: Source, call: cst.Call, arguments: tuple[str, ...]) -> list[Edit]:
    """More arguments after the last one, on lines of their own if that has one."""
    start, end = source.span(call.args[-1])
    line = source.line_span(start)[0]
    indent = source.text[line:start]
    rest = _REST.fullmatch(source.text, end, source.line_span(end)[1])
    if indent.strip() or rest is None:
        return [Edit(end, end, "".join(f", {argument}" for argument in arguments))]
    line_end, lines = rest.end(), [f"{source.newline}{indent}{one}" for one in arguments]
    if rest["comma"]:
        return [Edit(line_end, line_end, "".join(f"{one}," for one in lines))]
    return [Edit(end, end, ","), Edit(line_end, line_end, ",".join(lines))]


_REST = re.compile(r"(?P<comma>,?)[ \t]*(#.*)?")
