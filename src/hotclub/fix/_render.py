"""From fixes to new source text."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import libcst as cst

from hotclub.errors import HotclubError
from hotclub.fix._imports import import_edits
from hotclub.fix._index import index_edits
from hotclub.fix._lookups import merge
from hotclub.fix._new_files import migrations
from hotclub.fix._place import target_of
from hotclub.fix._returns import believer
from hotclub.fix._source import BOM, Source
from hotclub.fix._target import Target
from hotclub.fix._tree import Tree
from hotclub.fix.model import Edit, Fix, Import, Lookup, Refusal, Refused, Replacement, apply_edits

_NO_LIMIT = 1_000_000


class Unwritable(Refused, HotclubError):
    """A fix that was planned for another state of the tree."""


@dataclass
class _File:
    """All that some fixes change in one file."""

    targets: dict[int, tuple[Target, list[Lookup]]] = field(default_factory=dict)
    indexes: list[Fix] = field(default_factory=list)
    replacements: list[Replacement] = field(default_factory=list)
    source: Source | None = None
    imports: list[Import] = field(default_factory=list)


def render(fixes: Iterable[Fix], tree: Path) -> dict[str, str]:
    """The new text of every file that these fixes change, by path relative to ``tree``.

    Fixes may be any of a plan's that fit together, in any order; they compose. Everything outside
    their edits stays as it is, byte for byte, a byte order mark and newlines included: write the
    text as UTF-8, without translating newlines.

    Raises:
        HotclubError: a file is no longer the one that the plan was made for.
    """
    sources = Tree(tree)
    fixes = list(fixes)
    files = _files(fixes, sources)
    found = {path: _rewrite(sources, path, file) for path, file in files.items()}
    return {**found, **migrations(fixes)}


def fitting(fixes: Iterable[Fix], tree: Path) -> tuple[tuple[Fix, ...], tuple[Refusal, ...]]:
    """Those that can be written together, the first ones first, and the findings of the others."""
    kept: list[tuple[Fix, set[str]]] = []
    refusals: list[Refusal] = []
    for fix in fixes:
        try:
            paths = set(render([fix], tree))
            neighbours = [one for one, its_paths in kept if its_paths & paths]
            if neighbours:
                render([*neighbours, fix], tree)
        except Refused as refused:
            refusals += [Refusal(finding, refused.reason) for finding in fix.findings]
        else:
            kept.append((fix, paths))
    return tuple(fix for fix, _ in kept), tuple(refusals)


def _files(fixes: Sequence[Fix], sources: Tree) -> dict[str, _File]:
    believe = believer(sources)
    files: dict[str, _File] = {}
    for fix in fixes:
        for one in fix.replacements:
            files.setdefault(one.path, _File()).replacements.append(one)
        try:
            if fix.is_index:
                file = files.setdefault(fix.path, _File())
                file.source = sources.source(fix.place)
                file.indexes.append(fix)
            elif fix.lookups:
                place, target = target_of(fix.findings[0], sources, believe)
                file = files.setdefault(place.path, _File())
                file.source = sources.source(place)
                file.targets.setdefault(target.key, (target, []))[1].extend(fix.lookups)
                file.imports += [one for lookup in fix.lookups for one in lookup.imports]
            elif fix.imports:
                file = files.setdefault(fix.path, _File())
                file.source = sources.source(fix.place)
                file.imports += fix.imports
        except Refused as refused:
            raise Unwritable(f"{fix.path}: {refused.reason}") from None
    return files


def _rewrite(sources: Tree, path: str, file: _File) -> str:
    try:
        bom, text = _text(sources, path, file)
        constant = [*index_edits(file.indexes, sources), *map(_edit, file.replacements)]
    except Refused as refused:
        raise Unwritable(f"{path}: {refused.reason}") from None
    for limit in (sources.line_length(path), _NO_LIMIT):
        edits: list[Edit] = list(dict.fromkeys(constant))
        opened: set[int] = set()
        for key in sorted(file.targets, reverse=True):
            target, lookups = file.targets[key]
            assert file.source is not None
            line = file.source.line(key)
            # of several on a line, only the outermost may break it
            edits += target.edits(merge(lookups), _NO_LIMIT if line in opened else limit)
            opened.add(line)
        edits += import_edits(file.source, file.imports, limit) if file.source else []
        after = _applied(text, edits, python=path.endswith(".py"))
        if after is not None:
            return bom + after
    raise Unwritable(f"{path}: the layout of these lines is beyond hotclub; edit them by hand")


def _text(sources: Tree, path: str, file: _File) -> tuple[str, str]:
    """A byte order mark or nothing, and the text of a file that is as it was recorded.

    Raises:
        Refused: it is not.
    """
    if file.source is not None and not file.replacements:
        return file.source.bom, file.source.text
    content = sources.content(path)
    digest = hashlib.sha256(content).hexdigest()
    if any(one.sha256 != digest for one in file.replacements):
        raise Refused(f"{path} has changed since it was recorded; record it again")
    text = content.decode("utf-8")
    bom = BOM if text.startswith(BOM) else ""
    return bom, text[len(bom) :]


def _edit(one: Replacement) -> Edit:
    return Edit(one.start, one.end, one.text)


def _applied(text: str, edits: Sequence[Edit], *, python: bool) -> str | None:
    """The text with all edits; None when they touch each other or no longer parse."""
    try:
        after = apply_edits(text, edits)
        if python:
            cst.parse_module(after)
    except (ValueError, cst.ParserSyntaxError):
        return None
    return after
