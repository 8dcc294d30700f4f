"""From a project in a workspace to a diagnosis: crawl, look, measure, merge."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from hotclub.doctor import _merge, _outcomes, indexes, rules
from hotclub.doctor._beside import Muted, beside, several_processors
from hotclub.doctor._costs import Costs
from hotclub.doctor._last_pages import visit_last_pages
from hotclub.doctor._measure import measured, plan, replay
from hotclub.doctor._potential import potential
from hotclub.doctor._sampled import note_samples
from hotclub.doctor._seen import Seen, Sighting, label_of
from hotclub.doctor._stacks import Stacks
from hotclub.doctor._warming import warming
from hotclub.doctor.crawl import Crawl, Visit, Worker, begin, crawl
from hotclub.doctor.diagnosis import Diagnosis, Options, Progress, Request, silent
from hotclub.doctor.exercise import ask, ask_again, run_tests
from hotclub.doctor.finding import Finding
from hotclub.errors import HotclubError
from hotclub.project import Project
from hotclub.recording import Recording, add_plans, merge
from hotclub.workspace import AgentError, Workspace

DEEP, TESTS, ALL, LIGHT = "deep.hclb", "tests.hclb", "all.hclb", "light.hclb"


def diagnose(
    project: Project,
    workspace: Workspace,
    options: Options | None = None,
    progress: Progress = silent,
) -> Diagnosis:
    """Crawl the project's copy with a deep recording, say what is slow, and measure it.

    Two passes: a deep one for what happened, a light one over the requests it answered for the
    milliseconds. Raises :class:`HotclubError` when the project does not start.
    """
    options = options or Options()
    if options.script is not None:
        workspace.users = options.script.users
    deep, tests, together, light = _paths(workspace)
    tested = run_tests(workspace, tests, options, progress) if options.tests else []
    with Worker(workspace, "measure", light, "light") as measuring:
        seen, setup, warmed = _crawled(workspace, measuring, deep, options, progress)
        if not deep.exists() and not tests.exists():
            raise HotclubError(_nothing(seen, setup, options, tested))
        if options.crawl and deep.exists():
            visit_last_pages(workspace, deep, seen, options, progress)
        deep = _with_tests(deep, tests, together)
        note_samples(deep, workspace.samples)
        requests = _requests(seen)
        muted = Muted(progress)
        missing = partial(indexes.missing, workspace, deep, muted, seconds=_for_indexes(options))
        with beside(missing) as wait_for_indexes:
            progress("looking for causes")  # only now is the recording complete
            sightings, stacks = look(deep, workspace.tree)
            tables = _tables(measuring, sightings)
            times = {visit.target.label: visit.milliseconds for visit in seen.visits}
            planned = plan(requests, sightings, times, options, warmed)
            notes = [*tested, *replay(measuring, planned, options, progress)]
            measuring.close()
            progress("weighing what was found")
            costs, requests = _measure(light, stacks, requests)
            muted.muted = False
            indexed = wait_for_indexes()
    if indexed.basis:
        indexes.remember(deep, indexed.basis, indexed.findings, indexed.notes)
    add_plans(deep, indexed.plans)
    findings = _merge.in_order([*_merge.merge(sightings, costs, tables), *indexed.findings])
    return Diagnosis(
        root=project.root,
        findings=_merge.with_stale(findings, digests(findings, workspace.tree)),
        routes=_outcomes.routes(seen),
        requests=requests,
        crawled=len(seen.visits),
        queries=sum(visit.queries for visit in seen.visits),
        notes=(*workspace.notes, *seen.notes, *notes, *indexed.notes),
        recordings=(deep, light),
        versions=dict(setup.get("versions", {})),
        potential=potential(deep, workspace.tree, findings),
        sampled=tuple(workspace.samples),
    )


def _for_indexes(options: Options) -> float:
    """Seconds to try them: beside something else that takes longer by the clock, and costs less."""
    return options.index_seconds * (2 if several_processors() else 1)


def _with_tests(deep: Path, tests: Path, together: Path) -> Path:
    """The recording with that of the tests, if there is one: after the crawl's, whose settings are
    those of every day."""
    if not tests.exists():
        return deep
    merge(together, [path for path in (deep, tests) if path.exists()])
    return together


def _crawled(
    workspace: Workspace, measuring: Worker, deep: Path, options: Options, progress: Progress
) -> tuple[Crawl, dict[str, Any], set[str]]:
    """What was seen, recorded in ``deep``; what the project says of itself; the labels of requests
    that were made meanwhile to warm up."""
    with crawlers(workspace, deep, options) as workers:
        setup = dict(workers[0].child.setup)
        seen = begin(workers[0])
        warm = warming(measuring, seen.visits, options.request_seconds, len(workers))
        with warm as warmed:
            _exercise(workers, seen, options, progress)
    return seen, setup, warmed


@contextmanager
def crawlers(workspace: Workspace, deep: Path, options: Options) -> Iterator[list[Worker]]:
    """The workers that crawl, each with a processor of its own, recording to ``deep``. What is
    written down is asked for in order, by one, and what it leaves there the crawl has to find."""
    written = options.script is not None or options.replays
    names = ["crawl", "crawl beside"] if several_processors() and not written else ["crawl"]
    with ExitStack() as stack:
        yield [stack.enter_context(Worker(workspace, name, deep, "deep")) for name in names]


def _exercise(workers: Sequence[Worker], seen: Crawl, options: Options, progress: Progress) -> None:
    """All ways that were asked for, what is written down first: a write makes pages fuller."""
    worker = workers[0]
    if options.script is not None:
        name = options.script.file.name
        ask(worker, seen, options.script.requests, options, progress, name)
    for file in options.replays:
        ask_again(worker, seen, file, options, progress)
    if options.crawl:
        crawl(workers, seen, options, progress)
    seen.notes += [*_outcomes.failing(seen), *_outcomes.turned_away(seen)]


def _nothing(seen: Crawl, setup: dict[str, Any], options: Options, tested: list[str]) -> str:
    """Why nothing was recorded."""
    if not options.crawl:
        said = ["nothing was answered", *seen.notes, *tested, "there was no crawl either"]
        return "; ".join(said)
    return (
        f"nothing could be asked: none of the {len(seen.routes)} routes of "
        f"{setup.get('urlconf', 'ROOT_URLCONF')} has a "
        "URL to begin with; is it the right settings module (--settings)?"
    )


def digests(findings: Iterable[Finding], tree: Path) -> dict[str, str]:
    """SHA-256 of the files that the findings would change, by relative path."""
    result = {}
    for path in {place.path for finding in findings for place in finding.expression}:
        file = tree / path
        if file.is_file():
            result[path] = hashlib.sha256(file.read_bytes()).hexdigest()
    return result


def _paths(workspace: Workspace) -> list[Path]:
    """Fresh files in the workspace, the only place its children may write to."""
    found = []
    for name in (DEEP, TESTS, ALL, LIGHT):
        path = workspace.path("recordings", name)
        number = 2
        while path.exists():
            path = workspace.path("recordings", f"{number}-{name}")
            number += 1
        found.append(path)
    return found


def look(path: Path, tree: Path, labels: Collection[str] = ()) -> tuple[list[Sighting], Stacks]:
    """What the rules see in a recording's deep requests; in all of them if none is deep. With
    ``labels`` in those only.

    What lies wholly in installed packages is left out: nobody here could change it.
    """
    with Recording.open(path) as recording:
        stacks = Stacks.of(recording, tree)
        requests = [one for one in recording.requests() if not labels or label_of(one) in labels]
        requests.sort(key=label_of)  # who was quicker, of those who crawl together, decides nothing
        deep = [request for request in requests if request.depth == "deep"]
        found = rules.look_at(Seen(recording, request, stacks) for request in deep or requests)
    sightings = [
        sighting
        for sighting in found
        if sighting.expression or any(place.in_project for place in sighting.trigger[:1])
    ]
    return sightings, stacks


def _tables(worker: Worker, sightings: Sequence[Sighting]) -> dict[str, int]:
    models = sorted({sighting.loaded for sighting in sightings if sighting.loaded})
    if not models:
        return {}
    try:
        rows: dict[str, int] = worker.call("rows", models=models)["rows"]
    except (AgentError, HotclubError):
        return {}
    return rows


def _measure(
    light: Path, stacks: Stacks, requests: Sequence[Request]
) -> tuple[Costs, tuple[Request, ...]]:
    if not light.exists():
        return Costs(), tuple(requests)
    with Recording.open(light) as recording:
        return measured(recording, stacks, requests)


def _requests(seen: Crawl) -> tuple[Request, ...]:
    """What was answered 2xx, each answer once: a page that is the same for everybody, byte for
    byte and query for query, is worth repeating for one visitor only."""
    found: dict[object, Request] = {}
    for visit in seen.visits:
        if visit.replayable:
            target = visit.target
            key: object = (target.path, target.query, visit.digest, visit.queries)
            if target.writes or target.headers or target.name:
                key = target.label
            found.setdefault(key, _request(seen, visit))
    return tuple(found.values())


def _request(seen: Crawl, visit: Visit) -> Request:
    target = visit.target
    route = seen.routes.get(target.route)
    return Request(
        label=target.label,
        method=target.method,
        path=target.path,
        query=target.query,
        user=target.user,
        route=route.pattern if route else "",
        in_project=bool(route and route.in_project),
        headers=target.headers,
        body=target.body,
        status=visit.status,
        digest=visit.digest,
        queries=visit.queries,
    )
