"""Calls to be written, and where a chain of calls may be broken."""

from __future__ import annotations

from collections.abc import Iterator
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

    def laid_out(self, begin: str, room: int) -> str:
        """The call after a dot on a line of its own, which begins with ``begin`` (newline and
        indent) and has room for so many characters after that."""
        return open_up(str(self), begin, room - 1)


def open_up(text: str, begin: str, room: int) -> str:
    """An expression inside of brackets, opened where it is too long, as Black would: a chain before
    its calls but the first, else the last brackets."""
    if len(text) <= room:
        return text
    links = _links(text)
    if len(links) > 1:
        return begin.join(open_up(link, begin, room) for link in links)
    parts = _brackets(text)
    if parts is None:
        return text
    head, inside, tail = parts
    deeper = begin + ("\t" if "\t" in begin else "    ")
    items = _items(inside)
    if len(inside) <= room - 4:
        return f"{head}{deeper}{inside}{begin}{tail}"
    if len(items) < 2:
        return f"{head}{deeper}{open_up(inside, deeper, room - 4)}{begin}{tail}"
    lines = "".join(f"{deeper}{open_up(item, deeper, room - 5)}," for item in items)
    return f"{head}{lines}{begin}{tail}"


def _brackets(text: str) -> tuple[str, str, str] | None:
    """What is up to the last bracket that opens at the outermost level, in it, and from its end."""
    if not text.endswith((")", "]")):
        return None
    starts = [at for at, level in _levels(text) if level == 0 and text[at] in "(["]
    at = starts[-1]
    inside = text[at + 1 : -1]
    return (text[: at + 1], inside, text[-1]) if inside.strip() else None


def _links(text: str) -> list[str]:
    """The calls of a chain, each but the first with the dot that it begins with."""
    closed = [at + 1 for at, level in _levels(text) if level == 0 and text[at] in ")]"]
    bounds = [0, *(at for at in closed if text[at : at + 1] == "."), len(text)]
    return [text[a:b] for a, b in zip(bounds, bounds[1:], strict=False)]


def _items(text: str) -> list[str]:
    """The parts of a list that commas part."""
    cuts = [at for at, level in _levels(text) if level == 0 and text[at] == ","]
    bounds = [-1, *cuts, len(text)]
    parts = [text[a + 1 : b].strip() for a, b in zip(bounds, bounds[1:], strict=False)]
    return [part for part in parts if part]


def _levels(text: str) -> Iterator[tuple[int, int]]:
    """Each bracket and comma outside of strings, and how many brackets are open around it."""
    level, quote = 0, ""
    for at, character in enumerate(text):
        if quote:
            quote = "" if character == quote and text[at - 1] != "\\" else quote
        elif character in "'\"":
            quote = character
        elif character in "([{":
            yield at, level
            level += 1
        elif character in ")]}":
            level -= 1
            yield at, level
        elif character == ",":
            yield at, level


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
