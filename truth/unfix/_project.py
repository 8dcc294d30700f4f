"""One project: a crawl, what can be removed, and then one removal after another."""

from __future__ import annotations

import hashlib
import inspect
import pickle
import random
import shutil
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hotclub.doctor import Diagnosis, Request, examine
from hotclub.errors import HotclubError
from hotclub.project import Project
from hotclub.workspace import Workspace
from truth._crawled import answered, crawled, say
from truth.projects import Prepared
from truth.unfix._judge import RAISED, Result, judge
from truth.unfix._reached import Reached, asking, reach
from truth.unfix._removals import Removal, removals

ASKED = 10
"""Requests that a removal is tried on, of as many routes as there are."""
SHOWN = 3
"""Requests that doctor and fix are given, those that raised most."""


@dataclass(frozen=True)
class Limits:
    """How much of a project is tried."""

    most: int = 25
    seed: int = 1
    again: str = ""
    """``misses``: those that fell short are tried again; ``all``."""
    only: str = ""
    """A part of a removal's words."""


@dataclass
class Tried:
    """What is known of one project."""

    name: str
    found: int = 0
    never: int = 0
    not_tried: int = 0
    requests: int = 0
    results: list[Result] = field(default_factory=list)

    def outcomes(self) -> Counter[str]:
        return Counter(result.outcome for result in self.results)


@dataclass
class _Base:
    """The unchanged project."""

    requests: tuple[Request, ...]
    reached: Reached
    before: Diagnosis


def run(prepared: Prepared, limits: Limits) -> Tried:
    """Try removals until so many of them count; what was tried before is read back."""
    kept = prepared.directory / "unfix"
    kept.mkdir(exist_ok=True)
    with prepared.running() as project, Workspace.create(project) as workspace:
        found = _found(workspace, kept)
        base = _base(prepared, workspace, found)
        tried = Tried(prepared.name, len(found), requests=len(base.requests))
        order = [one for one in found if base.reached.by_removal.get(one.key)]
        tried.never = len(found) - len(order)
        random.Random(limits.seed).shuffle(order)
        pristine = workspace.tree
        for number, removal in enumerate(order):
            if limits.only not in removal.words:
                tried.not_tried += 1
                continue
            if tried.outcomes()["raised"] >= limits.most:
                tried.not_tried = len(order) - number
                break
            path = kept / f"{removal.key}.json"
            known = Result.load(path) if path.exists() else None
            if known is not None and not _wanted(known, limits):
                tried.results.append(known)
                continue
            started = time.monotonic()
            result = _try(workspace, pristine, removal, base, project)
            result.save(path)
            tried.results.append(result)
            say(
                f"{result.outcome:9} {'seen ' if result.seen else ''}"
                f"{'right ' if result.right else ''}{'restored ' if result.restored else ''}"
                f"{removal.words[:110]} ({time.monotonic() - started:.0f} s)"
            )
    return tried


def _found(workspace: Workspace, kept: Path) -> list[Removal]:
    """What can be removed; reading all sources takes as long as many a crawl, so it is kept."""
    digest = hashlib.sha256(Path(inspect.getfile(removals)).read_bytes())
    for path in sorted(workspace.tree.rglob("*.py")):
        digest.update(path.read_bytes())
    pickled = kept / f"removals-{digest.hexdigest()[:16]}.pickle"
    if not pickled.exists():
        pickled.write_bytes(pickle.dumps(removals(workspace.tree)))
    found: list[Removal] = pickle.loads(pickled.read_bytes())
    return found


def _wanted(known: Result, limits: Limits) -> bool:
    if limits.again == "all":
        return True
    full = known.seen and known.right and known.restored
    return limits.again == "misses" and known.outcome == "raised" and not full


def _base(prepared: Prepared, workspace: Workspace, found: Sequence[Removal]) -> _Base:
    """What the unchanged project does, looked at once."""
    crawl = crawled(prepared, workspace)
    before = crawl.diagnosis(workspace)
    requests = answered(before)
    keys = repr(sorted(one.key for one in found)).encode()
    facts = crawl.recording.with_name(f"reached-{hashlib.sha256(keys).hexdigest()[:16]}.pickle")
    if not facts.exists():
        say(f"{len(requests)} requests; which of {len(found)} removals do they reach?")
        facts.write_bytes(pickle.dumps(reach(workspace, found, requests, crawl.recording)))
    return _Base(requests, pickle.loads(facts.read_bytes()), before)


def _try(
    workspace: Workspace,
    pristine: Path,
    removal: Removal,
    base: _Base,
    project: Project,
) -> Result:
    result = Result(removal.words, "lost")
    text = (pristine / removal.path).read_bytes().decode()
    bom = "\ufeff" if text.startswith("\ufeff") else ""
    sources = {removal.path: bom + removal.apply(text[len(bom) :])}
    name = f"without-{removal.key}-{time.monotonic_ns()}"
    try:
        workspace.tree = workspace.branch(name, sources)
        raised = _raised(workspace, result, _chosen(removal, base), base)
        if raised:
            after = _diagnosed(workspace, raised, name)
            django = tuple(int(part) for part in project.django_version.split(".")[:2])
            made = base.reached.made.get(removal.key, set())
            judge(result, removal, workspace, base.before, after, made, (django[0], django[1]))
    except HotclubError as error:
        result.reasons.append(str(error))
    finally:
        workspace.tree = pristine
        for kind in ("trees", "runs"):
            for path in (workspace.root / kind).iterdir():
                if kind == "runs" or path.name.startswith(("without-", "trial-")):
                    shutil.rmtree(path, ignore_errors=True)
    return result


def _chosen(removal: Removal, base: _Base) -> list[Request]:
    """Requests that run it: every route's biggest page first."""
    labels = set(base.reached.by_removal[removal.key])
    requests = [one for one in base.requests if one.label in labels]
    requests.sort(key=lambda one: -base.reached.sizes.get(one.label, 0))
    routes: Counter[str] = Counter()
    ranked = []
    for request in requests:
        ranked.append((routes[request.route], request))
        routes[request.route] += 1
    return [request for _, request in sorted(ranked, key=lambda pair: pair[0])][:ASKED]


def _raised(
    workspace: Workspace, result: Result, requests: Sequence[Request], base: _Base
) -> list[Request]:
    """The requests that take five queries more without it, those that raise most first."""
    failed = []
    rises: list[tuple[int, Request]] = []
    with asking(workspace, workspace.tree, "without") as ask:
        first = {request.label: ask(request) for request in requests}
        for request in requests:
            again = ask(request) if first[request.label] is not None else None
            if again is None:
                failed.append(request.label)
                continue
            was = base.reached.queries[request.label]
            result.requests[request.label] = (was, again[0])
            rises.append((again[0] - was, request))
    rises = [pair for pair in rises if pair[0] >= RAISED]
    result.outcome = "raised" if rises else "breaks" if failed else "no effect"
    if failed and not rises:
        result.reasons.append(f"fails without it: {failed[0]}")
    rises.sort(key=lambda pair: -pair[0])
    chosen = [request for _, request in rises[:SHOWN]]
    result.requests = {one.label: result.requests[one.label] for one in chosen}
    return chosen


def _diagnosed(workspace: Workspace, requests: Sequence[Request], name: str) -> Diagnosis:
    recording = workspace.path("recordings", f"{name}.hclb")
    with asking(workspace, workspace.tree, "recorded", recording) as ask:
        for request in requests:
            ask(request)
    try:
        return examine(recording, workspace.tree)
    finally:
        recording.unlink(missing_ok=True)
