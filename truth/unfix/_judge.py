"""What became of one removal: was it seen, at which expression, and is the count back?"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence, Set
from dataclasses import asdict, dataclass, field
from pathlib import Path

import libcst as cst

from hotclub import fix, proof
from hotclub.doctor import Diagnosis, Finding, Place
from hotclub.fix._source import Source, parse
from hotclub.workspace import Workspace
from truth.unfix._reached import Site
from truth.unfix._removals import OPTION, Removal

RAISED = 5
"""Queries more that a removal must cost in some request to count."""


@dataclass
class Result:
    """One removal, judged."""

    removal: str
    outcome: str
    """``raised`` (it counts), ``no effect``, ``breaks`` (pages fail without it) or ``lost``."""
    requests: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Queries before and after the removal, of those that raised most."""
    seen: bool = False
    right: bool = False
    restored: bool = False
    reasons: list[str] = field(default_factory=list)
    """Why it was missed, in words."""
    findings: list[str] = field(default_factory=list)
    pages: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Queries before and after the fix."""
    diff: str = ""

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self), indent=1))

    @classmethod
    def load(cls, path: Path) -> Result:
        return cls(**json.loads(path.read_text()))


def judge(
    result: Result,
    removal: Removal,
    workspace: Workspace,
    before: Diagnosis,
    after: Diagnosis,
    made: Set[Site],
    django: tuple[int, int],
) -> None:
    """Fill in what doctor and fix did about a removal; ``workspace`` has the tree without it."""
    new = _new(before, after)
    mine = [one for one in new if _about(one, removal)]
    result.findings = [_told(one) for one in mine or new]
    result.seen = bool(mine)
    tree = workspace.tree
    result.right = any(_names(one, removal, tree) or _made_it(one, made) for one in mine)
    if not mine:
        result.reasons.append("not seen" + (f": {len(new)} other findings" if new else ""))
    elif not result.right:
        result.reasons.append("another expression")
    planned = fix.plan(new, workspace.tree, django=django)
    refused = [one for one in planned.refusals if one.finding in mine]
    result.reasons += sorted({f"refused: {one.reason}" for one in refused})
    if planned.unasked:
        _prove(result, removal, workspace, after, planned.unasked)


def _new(before: Diagnosis, after: Diagnosis) -> list[Finding]:
    """The findings that the unchanged project does not have."""
    known = {_identity(finding) for finding in before.findings}
    return [one for one in after.findings if _identity(one) not in known]


def _prove(
    result: Result,
    removal: Removal,
    workspace: Workspace,
    after: Diagnosis,
    fixes: Sequence[fix.Fix],
) -> None:
    requests = [one for one in after.requests if one.label in result.requests]
    proved = proof.prove(workspace, fixes, requests, render=fix.render)
    result.reasons += [f"undone: {one.reason}" for one in proved.rejected]
    result.diff = fix.diff(proved.sources, workspace.tree) if proved.kept else ""
    allowed = max(1, removal.lookup.count("__") + 1)
    good = []
    for page in proved.pages:
        result.pages[page.label] = (page.queries_before, page.queries_after)
        was, without = result.requests[page.label]
        back = page.queries_before - page.queries_after >= without - was - allowed
        good.append(back and page.verdict.outcome == "equal")
        if page.verdict.outcome != "equal":
            result.reasons.append(f"{page.verdict.outcome}: {page.verdict.reason}")
    result.restored = bool(proved.kept) and bool(good) and all(good)
    if proved.kept and not result.restored:
        result.reasons.append("the count is not back")


def _identity(finding: Finding) -> tuple[object, ...]:
    place = finding.place or (finding.trigger[0] if finding.trigger else None)
    at = (place.path, place.qualname, place.attribute) if place else ()
    return (finding.code, at, finding.lookup, finding.shape)


def _about(finding: Finding, removal: Removal) -> bool:
    """Whether a finding is over a relation that the removal loaded, as far as that is known."""
    relations = {step.relation for step in finding.path}
    if not removal.lookup:
        return bool(relations)
    return bool(relations & set(removal.lookup.split("__")))


def _told(finding: Finding) -> str:
    place = finding.place
    where = f"{place} {place.qualname}" if place else f"nowhere ({finding.reason})"
    by = finding.trigger[0] if finding.trigger else ""
    return f"{finding.code} {finding.lookup} [{finding.shape}] at {where}, by {by}"


def _names(finding: Finding, removal: Removal, tree: Path) -> bool:
    """Whether a place to change is the chain that the call stood in, or one that calls the method
    that it stood in."""
    return any(
        _in_class(place, removal) if place.kind == "class" else _covers(place, removal, tree)
        for place in finding.expression[: finding.climbed + 1]
        if place.in_project
    )


def _made_it(finding: Finding, made: Set[Site]) -> bool:
    """Whether the places to change are those that made the queryset that the call was made on,
    when it still stood there."""
    places = finding.expression[: finding.climbed + 1]
    here = [(place.path, place.line, place.qualname) for place in places]
    return bool(here) and all(one in made for one in here)


def _in_class(place: Place, removal: Removal) -> bool:
    names = removal.function.split(".")
    same = place.qualname in (removal.function, ".".join(names[:-1]))
    return place.path == removal.path and same


def _covers(place: Place, removal: Removal, tree: Path) -> bool:
    source = parse((tree / place.path).read_bytes())
    here = removal.receiver[0] if removal.method == OPTION else removal.start
    start = source.offset(place.line, place.column or 0)
    end = source.offset(place.end_line or place.line, place.end_column or 0)
    methods = _reaching(removal, parse((tree / removal.path).read_bytes()))
    for node in source.nodes(cst.Call):
        if source.span(node)[1] == end:
            chain = _chain(source, node)
            start, end = source.span(chain)
            if methods.intersection(_called(chain)):
                return True
            break
    return place.path == removal.path and start <= here <= end


def _reaching(removal: Removal, source: Source) -> set[str]:
    """The method that a call stood in, and those of its class that call it of themselves."""
    *classes, method = removal.function.split(".")
    found = {method}
    functions = [
        node
        for owner in source.nodes(cst.ClassDef)
        for node in owner.body.body
        if classes and owner.name.value == classes[-1] and isinstance(node, cst.FunctionDef)
    ]
    for _ in functions:
        found |= {
            node.name.value
            for node in functions
            if any(f"self.{name}(" in source.text_of(node) for name in found)
        }
    return found


def _called(chain: cst.CSTNode) -> Iterator[str]:
    """The names of all methods that a chain calls."""
    while isinstance(chain, (cst.Call, cst.Attribute, cst.Subscript)):
        if isinstance(chain, cst.Attribute):
            yield chain.attr.value
        chain = chain.func if isinstance(chain, cst.Call) else chain.value
    if isinstance(chain, cst.Name):
        yield chain.value


def _chain(source: Source, node: cst.CSTNode) -> cst.CSTNode:
    """The whole chain of calls and slices that a node is a part of."""
    above = source.parent(node)
    while isinstance(above, (cst.Attribute, cst.Call, cst.Subscript)) and node in (
        getattr(above, "value", None),
        getattr(above, "func", None),
    ):
        node, above = above, source.parent(above)
    return node
