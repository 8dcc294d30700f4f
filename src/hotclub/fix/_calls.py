"""Calls to be written, and where a chain of calls may be broken."""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst

from hotclub.fix._chain import Chain
from hotclub.fix._source import Source


@dataclass(frozen=True)
class Call:
    """A call to be written: ``arguments`` are source text."""

    name: str
    arguments: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.name}({', '.join(self.arguments)})"


def dots(chain: Chain) -> list[int]:
    """The dots of a chain's calls that a line may begin with: all but the first call's, whose
    manager stays with it, unless the manager is the queryset."""
    calls = [link.call for link in chain.links]
    if calls and chain.source.span(calls[0])[1] <= chain.key:
        calls = calls[1:]
    return [dot_before(chain.source, call) for call in calls]


def dot_before(source: Source, call: cst.Call) -> int:
    """The offset of the dot before a method's name."""
    assert isinstance(call.func, cst.Attribute)
    return source.text.rindex(".", 0, source.span(call.func.attr)[0])


def indents(source: Source, offset: int) -> tuple[str, str]:
    """Newline and indent of a statement, and of what is opened inside it."""
    indent = source.indent(offset)
    outer = source.newline + indent
    return outer, outer + ("\t" if "\t" in indent else "    ")
