"""Indexes that could go: taken out of the model that makes them, with a migration; only offered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import libcst as cst

from hotclub.doctor.finding import Finding, SpareIndex
from hotclub.fix._listed import without
from hotclub.fix._meta import assigned_by, body_of, class_of, meta_of, stated_in
from hotclub.fix._source import Source
from hotclub.fix._tree import Tree
from hotclub.fix.model import Edit, Fix, Refusal, Refused, apply_edits

Migrate = Callable[[str, Mapping[str, str], Sequence[str]], Mapping[str, str]]
"""Given an app, sources to replace, and what these drop (see ``dropped``): the files that
``makemigrations`` writes, by path, the migration first. Raises ``Refused``."""


def dropping(
    findings: Iterable[Finding], tree: Tree, migrate: Migrate | None
) -> tuple[list[Fix], list[Refusal]]:
    """An offer for each index that a model of the project asks for, a refusal for the others."""
    refusals: list[Refusal] = []
    apps: dict[str, list[Fix]] = {}
    for finding in findings:
        spare = _spare(finding)
        try:
            apps.setdefault(spare.app, []).append(_edited(finding, tree))
        except Refused as refused:
            refusals.append(Refusal(finding, refused.reason))
    fixes: list[Fix] = []
    for app, mine in apps.items():
        try:
            if mine and migrate is None:
                raise Refused(mine[0].findings[0].advice)
            if mine and migrate is not None:
                files = migrate(app, _sources(mine, tree), [dropped(fix) for fix in mine])
                fixes += [_complete(fix, files) for fix in mine]
        except Refused as refused:
            refusals += [Refusal(fix.findings[0], refused.reason) for fix in mine]
    return fixes, refusals


def dropped(fix: Fix) -> str:
    """What the operation of a fix is known by: an index's name, or ``model.field``."""
    spare = _spare(fix.findings[0])
    if spare.declared == "Meta.indexes":
        return spare.name
    return f"{fix.findings[0].model.rpartition('.')[2]}.{spare.field}".lower()


def _spare(finding: Finding) -> SpareIndex:
    assert finding.spare is not None
    return finding.spare


def _edited(finding: Finding, tree: Tree) -> Fix:
    place, spare = finding.place, _spare(finding)
    if finding.reason or place is None or not spare.declared:
        raise Refused(finding.reason or finding.advice)
    source = tree.source(place)
    model = class_of(source, place.qualname)
    edit = (
        _without(source, model, spare.name)
        if spare.declared == "Meta.indexes"
        else _unindexed(source, model, spare)
    )
    made = tree.replacing(place.path, [edit])
    summary = f"{place} {place.qualname}: {finding.advice}"
    return Fix(place.path, place, (), (finding,), summary, (), "offered", made)


def _complete(fix: Fix, files: Mapping[str, str]) -> Fix:
    return Fix(
        fix.path, fix.place, (), fix.findings, fix.summary, tuple(files.items()), fix.kind,
        fix.replacements,
    )  # fmt: skip


def _sources(fixes: Sequence[Fix], tree: Tree) -> dict[str, str]:
    found = {}
    for path in dict.fromkeys(fix.path for fix in fixes):
        mine = [fix for fix in fixes if fix.path == path]
        source = tree.source(mine[0].place)
        edits = [Edit(o.start, o.end, o.text) for fix in mine for o in fix.replacements]
        try:
            found[path] = source.bom + apply_edits(source.text, edits)
        except ValueError:
            raise Refused("several indexes in one line; take them out by hand") from None
    return found


def _without(source: Source, model: cst.ClassDef, name: str) -> Edit:
    """``Meta.indexes`` without one of its indexes, which is all that changes."""
    meta = meta_of(model)
    stated = stated_in(meta) if meta is not None else None
    elements = stated.elements if stated is not None else ()
    values = [element.value for element in elements]
    for number, value in enumerate(values):
        if _named(value) == name:
            return without(source, values, {number})[0]
    raise Refused(f"{name} is not written out in the model's Meta.indexes; take it out by hand")


def _named(node: cst.BaseExpression) -> str | None:
    for arg in node.args if isinstance(node, cst.Call) else ():
        if arg.keyword and arg.keyword.value == "name" and isinstance(arg.value, cst.SimpleString):
            return str(arg.value.evaluated_value)
    return None


def _unindexed(source: Source, model: cst.ClassDef, spare: SpareIndex) -> Edit:
    """A field without ``db_index=True``, or a foreign key with ``db_index=False``."""
    for statement in body_of(model):
        call = assigned_by(statement).get(spare.field)
        if not isinstance(call, cst.Call):
            continue
        for number, arg in enumerate(call.args):
            if arg.keyword is None or arg.keyword.value != "db_index":
                continue
            if spare.declared == "key" or source.text_of(arg.value) != "True":
                break
            return without(source, call.args, {number})[0]
        else:
            if spare.declared == "key" and call.args:
                at = source.span(call.args[-1].value)[1]
                return Edit(at, at, ", db_index=False")
    raise Refused(f"the field {spare.field} is not written out with its index; change it by hand")
