"""The edits that make a queryset expression load more."""

from __future__ import annotations

import re

import libcst as cst

from hotclub.fix import _stated
from hotclub.fix._calls import Call
from hotclub.fix._chain import Chain
from hotclub.fix._layout import insert
from hotclub.fix._source import Source
from hotclub.fix.model import METHODS, Edit, Lookup


def chain_edits(chain: Chain, lookups: tuple[Lookup, ...], limit: int) -> list[Edit]:
    """New arguments in the calls that are there, new calls at the queryset's end."""
    edits: list[Edit] = []
    new: list[Call] = []
    for method in METHODS:
        arguments = tuple(
            literal(chain.source, lookup.path) for lookup in lookups if lookup.method == method
        )
        call = _existing(chain, method) if arguments else None
        if call is not None:
            edits += append_arguments(chain.source, call, arguments)
        elif arguments:
            new.append(Call(method, arguments))
    if new:
        edits += insert(chain, new, limit)
    return edits


def literal(source: Source, path: str) -> str:
    """A lookup as a string, in the quotation marks of the file."""
    return f"{source.quote}{path}{source.quote}"


def _existing(chain: Chain, method: str) -> cst.Call | None:
    """The last call of a method that more arguments can be given to."""
    calls = [link.call for link in chain.links if link.name == method]
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
