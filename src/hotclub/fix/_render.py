"""From fixes to new source text."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import libcst as cst

from hotclub.errors import HotclubError
from hotclub.fix._index import index_edits, migrations
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
    fixes = list(fixes)
    indexes = [fix for fix in fixes if fix.is_index]
    targets: dict[str, list[tuple[Target, Fix]]] = {fix.path: [] for fix in indexes}
    for fix in fixes:
        if fix.is_index:
            continue
        try:
            place, target = target_of(fix.findings[0], sources, believe)
        except Refused as refused:
            raise Unwritable(f"{fix.path}: {refused.reason}") from None
        targets.setdefault(place.path, []).append((target, fix))
    found = {
        path: _rewrite(sources, path, pairs, [fix for fix in indexes if fix.path == path])
        for path, pairs in targets.items()
    }
    return {**found, **migrations(indexes)}


def _rewrite(sources: Tree, path: str, pairs: list[tuple[Target, Fix]], indexes: list[Fix]) -> str:
    place = pairs[0][1].place if pairs else indexes[0].place
    try:
        source = sources.source(place)
        constant = index_edits(indexes, sources)
    except Refused as refused:
        raise Unwritable(f"{path}: {refused.reason}") from None
    for limit in (sources.line_length(path), _NO_LIMIT):
        edits: list[Edit] = list(constant)
        opened: set[int] = set()
        for target, fix in sorted(
            pairs, key=lambda pair: -pair[0].key
        ):  # of several on a line, only the outermost may break it
            line = source.line(target.key)
            edits += target.edits(fix.lookups, _NO_LIMIT if line in opened else limit)
            opened.add(line)
        text = _applied(source, edits)
        if text is not None:
            return source.bom + text
    raise Unwritable(f"{place}: the layout of this line is beyond hotclub; add it by hand")


def _applied(source: Source, edits: list[Edit]) -> str | None:
    """The text with all edits; None when they touch each other or no longer parse."""
    try:
        text = apply_edits(source.text, edits)
        cst.parse_module(text)
    except (ValueError, cst.ParserSyntaxError):
        return None
    return text
