"""A diagnosis of a recording that exists already: no crawl, only reading.

Indexes are looked for on a copy of the project's databases, where somebody has made one.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from hotclub.doctor import _merge
from hotclub.doctor._diagnose import digests, look
from hotclub.doctor._measure import measured
from hotclub.doctor._potential import potential
from hotclub.doctor._sampled import samples_of, share_of
from hotclub.doctor._seen import label_of
from hotclub.doctor.diagnosis import Diagnosis, Options, Progress, Request, Route, silent
from hotclub.doctor.indexes import Missing, found_before, has_statements, missing
from hotclub.recording import Recording, is_safe
from hotclub.recording import Request as Recorded
from hotclub.workspace import Workspace

_NAMED = re.compile(r" \(([^()\s]+)\)$")


def examine(
    path: Path,
    root: Path,
    workspace: Workspace | None = None,
    *,
    labels: Collection[str] = (),
    why_not: str = "",
    seconds: float = Options.index_seconds,
    progress: Progress = silent,
) -> Diagnosis:
    """What a recording says of the project whose tree is at ``root``; of the requests with these
    ``labels`` only, if any are given.

    Milliseconds come from its light requests, if it has any. Indexes are tried for so many
    ``seconds`` on the copies of a ``workspace`` of that project; without one the diagnosis notes
    ``why_not``. What writes is only made again where the doctor asked for it: elsewhere what was
    sent is left out, or not whole. Raises :class:`hotclub.errors.HotclubError` when the recording
    cannot be read.
    """
    sightings, stacks = look(path, root, labels)
    indexed = _indexes(path, workspace, why_not, seconds, progress)
    with Recording.open(path) as recording:
        deep = _deep(recording, labels)
        asked = [request for request in deep if not request.by_test]
        costs, requests = measured(recording, stacks, _again(recording, asked, root))
        notes = [*share_of(recording), *_losses(recording)]
        samples = [*samples_of(recording), *(workspace.samples if workspace else ())]
        versions = {name: recording.meta.get(name, "") for name in ("python", "django")}
    findings = _merge.in_order([*_merge.merge(sightings, costs, {}), *indexed.findings])
    return Diagnosis(
        root=root,
        findings=_merge.with_stale(findings, digests(findings, root)),
        routes=_routes(deep),
        requests=requests,
        crawled=len(asked or deep),
        queries=sum(request.query_count for request in asked or deep),
        notes=(*notes, *indexed.notes),
        recordings=(path,),
        versions=versions,
        potential=() if labels else potential(path, root, findings),
        sampled=tuple(dict.fromkeys(samples)),
    )


def _deep(recording: Recording, labels: Collection[str]) -> list[Recorded]:
    """The requests that tell most: the deep ones, if there are any."""
    recorded = [one for one in recording.requests() if not labels or label_of(one) in labels]
    return [request for request in recorded if request.depth == "deep"] or recorded


def _again(recording: Recording, asked: Iterable[Recorded], root: Path) -> tuple[Request, ...]:
    """Those that can be made again, each once."""
    own = _own(recording.views(), root)
    again = [one for one in asked if one.label or is_safe(one.method)]
    return tuple({label_of(one): _request(one, one.id in own) for one in again}.values())


def _indexes(
    path: Path, workspace: Workspace | None, why_not: str, seconds: float, progress: Progress
) -> Missing:
    if not has_statements(path):
        why = "the recording has no statements with their values, as deep ones of the doctor's have"
    elif workspace is not None:
        return missing(workspace, path, progress, seconds=seconds)
    else:
        why = why_not or "no copy of the databases was made"
        if before := found_before(path, why):
            return before
    return Missing(notes=[f"indexes were not looked for: {why}"])


def _own(views: Mapping[int, str], root: Path) -> set[int]:
    """The requests whose view lies in the project: its package is somewhere near the top."""
    known: dict[str, bool] = {}
    for package in {view.partition(".")[0] for view in views.values()}:
        near = (*root.glob(package), *root.glob(f"*/{package}"), *root.glob(f"{package}.py"))
        known[package] = any(path.suffix == ".py" or _holds_code(path) for path in near)
    return {number for number, view in views.items() if known[view.partition(".")[0]]}


def _holds_code(path: Path) -> bool:
    return path.is_dir() and any(path.glob("*.py"))


def _request(recorded: Recorded, in_project: bool) -> Request:
    return Request(
        label=label_of(recorded),
        method=recorded.method,
        path=recorded.path,
        query=recorded.query,
        user=_user(recorded),
        route=recorded.route or "",
        in_project=in_project,
        headers=recorded.request_headers,
        body=recorded.request_body or b"",
        status=recorded.status or 0,
        digest=recorded.body_digest or "",
        queries=recorded.query_count,
    )


def _user(recorded: Recorded) -> str | None:
    """Whom the request was made as: the label tells of every user, the recording of two kinds."""
    label = label_of(recorded)
    named = _NAMED.search(label) if recorded.label else None
    if named:
        return named[1]
    return recorded.user and recorded.user.partition(":")[0]


def _routes(recorded: list[Recorded]) -> tuple[Route, ...]:
    by_route: dict[str, list[Recorded]] = {}
    for request in recorded:
        if request.route is not None:
            by_route.setdefault(request.route, []).append(request)
    return tuple(_route(pattern, seen) for pattern, seen in by_route.items())


def _route(pattern: str, seen: list[Recorded]) -> Route:
    ok = any(200 <= (request.status or 0) < 300 for request in seen)
    statuses: Mapping[int, None] = dict.fromkeys(request.status or 0 for request in seen)
    reason = "" if ok else f"answered {', '.join(map(str, statuses))}"
    view = seen[0].view or ""
    return Route(pattern, view, view, False, "ok" if ok else "status", reason, len(seen))


def _losses(recording: Recording) -> tuple[str, ...]:
    lost = sum(process.dropped_requests for process in recording.processes())
    events = sum(process.dropped_events for process in recording.processes())
    if not lost and not events:
        return ()
    return (f"the recording misses {lost} requests and {events} events that it had to drop",)
