"""From fixes to new source text."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import libcst as cst

from hotclub.errors import HotclubError
from hotclub.fix._place import target_of
from hotclub.fix._returns import believer
from hotclub.fix._source import Source
from hotclub.fix._target import Target
from hotclub.fix._tree import Tree
from hotclub.fix.model import Edit, Fix, Refused, apply_edits

_NO_LIMIT = 1_000_000


class Unwritable(Refused, HotclubError):
    """A fix that was planned for another state of the tree."""


def render(fixes: Iterable[Fix], tree: Path) -> dict[str, str]:
    """The new text of every file that these fixes change, by path relative to ``tree``.

    Fixes may be any of a plan's, in any order; they compose. Everything outside their edits
    stays as it is, byte for byte, a byte order mark and newlines included: write the text as
    UTF-8, without translating newlines.

    Raises:
        HotclubError: a file is no longer the one that the plan was made for.
    """
    sources = Tree(tree)
    believe = believer(sources)
    targets: dict[str, list[tuple[Target, Fix]]] = {}
    for fix in fixes:
        try:
            place, target = target_of(fix.findings[0], sources, believe)
        except Refused as refused:
            raise Unwritable(f"{fix.path}: {refused.reason}") from None
        targets.setdefault(place.path, []).append((target, fix))
    return {
        path: _rewrite(sources, path, [fix for _, fix in pairs], [target for target, _ in pairs])
        for path, pairs in targets.items()
    }


def _rewrite(sources: Tree, path: str, fixes: list[Fix], targets: list[Target]) -> str:
    source = sources.source(fixes[0].place)
    for limit in (sources.line_length(path), _NO_LIMIT):
        edits: list[Edit] = []
        opened: set[int] = set()
        pairs = sorted(zip(targets, fixes, strict=True), key=lambda pair: -pair[0].key)
        for target, fix in pairs:  # of several on a line, only the outermost may break it
            line = source.line(target.key)
            edits += target.edits(fix.lookups, _NO_LIMIT if line in opened else limit)
            opened.add(line)
        text = _applied(source, edits)
        if text is not None:
            return source.bom + text
    raise Unwritable(f"{fixes[0].place}: the layout of this line is beyond hotclub; add it by hand")


def _applied(source: Source, edits: list[Edit]) -> str | None:
    """The text with all edits; None when they touch each other or no longer parse."""
    try:
        text = apply_edits(source.text, edits)
        cst.parse_module(text)
    except (ValueError, cst.ParserSyntaxError):
        return None
    return text
