"""Indexes: one fix for each, in its model's ``Meta`` and in a migration of its app."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import libcst as cst

from hotclub.doctor.finding import Finding, MissingIndex
from hotclub.fix._meta import meta_edits
from hotclub.fix._tree import Tree
from hotclub.fix.model import Edit, Fix, Refusal, Refused, apply_edits

Migrate = Callable[[str, Mapping[str, str], Sequence[str]], Mapping[str, str]]
"""Given an app, sources to replace, and names of indexes that these add: the files that
``makemigrations`` writes, by path, the migration first. Raises ``Refused``."""

NO_LIMIT = 1_000_000


def index_fixes(
    findings: Iterable[Finding], tree: Tree, migrate: Migrate | None
) -> tuple[list[Fix], list[Refusal]]:
    """A fix or a refusal for each missing index."""
    refusals: list[Refusal] = []
    apps: dict[str, list[Fix]] = {}
    for finding in findings:
        index, place = finding.index, finding.place
        assert index is not None
        try:
            if finding.reason or place is None:
                raise Refused(finding.reason or "it is not known where the model is written")
            fix = Fix(place.path, place, (), (finding,), "")
            rewritten([fix], tree)
        except Refused as refused:
            refusals.append(Refusal(finding, refused.reason))
        else:
            apps.setdefault(index.app, []).append(fix)
    fixes: list[Fix] = []
    for app, mine in apps.items():
        try:
            if migrate is None:
                raise Refused("a migration is needed, and nobody here can make one")
            names = [_index(fix).name for fix in mine]
            files = migrate(app, rewritten(mine, tree), names)
        except Refused as refused:
            refusals += [Refusal(fix.findings[0], refused.reason) for fix in mine]
        else:
            fixes += [_complete(fix, files) for fix in mine]
    return fixes, refusals


def _complete(fix: Fix, files: Mapping[str, str]) -> Fix:
    fields = ", ".join(_index(fix).fields)
    migration = next(iter(files))
    summary = f"{fix.place} {fix.place.qualname}: an index on {fields}, and {migration}"
    return Fix(fix.path, fix.place, (), fix.findings, summary, tuple(files.items()))


def _index(fix: Fix) -> MissingIndex:
    index = fix.findings[0].index
    assert index is not None
    return index


def rewritten(fixes: Sequence[Fix], tree: Tree) -> dict[str, str]:
    """The files of the models with these indexes in them.

    Raises:
        Refused: one of them cannot be written.
    """
    found = {}
    for path in dict.fromkeys(fix.path for fix in fixes):
        mine = [fix for fix in fixes if fix.path == path]
        source = tree.source(mine[0].place)
        try:
            text = apply_edits(source.text, index_edits(mine, tree))
            cst.parse_module(text)
        except (ValueError, cst.ParserSyntaxError):
            raise Refused("the layout of this Meta is beyond hotclub; add it by hand") from None
        found[path] = source.bom + text
    return found


def index_edits(fixes: Sequence[Fix], tree: Tree) -> list[Edit]:
    """The edits in one file for these fixes."""
    edits: list[Edit] = []
    for qualname in dict.fromkeys(fix.place.qualname for fix in fixes):
        mine = [fix for fix in fixes if fix.place.qualname == qualname]
        source = tree.source(mine[0].place)
        limit = tree.line_length(mine[0].path)
        indexes = sorted((_index(fix) for fix in mine), key=lambda index: index.name)
        edits += [
            edit for edit in meta_edits(source, qualname, indexes, limit) if edit not in edits
        ]
    return edits
