"""The last page of each paginated list, asked for once: what a deep OFFSET costs shows only there.

Nothing is guessed: a number in the URL is that of a page if the recorded statement passed over
just that many pages (``?page=3`` and ``LIMIT 20 OFFSET 40``), or the OFFSET itself. How many rows
there are is known of lists without conditions only, so only those are asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from hotclub.doctor._beside import several_processors
from hotclub.doctor._seen import NO_FACTS, Seen
from hotclub.doctor._stacks import Stacks
from hotclub.doctor.crawl import Crawl, Target, Team, Worker
from hotclub.doctor.diagnosis import Options, Progress
from hotclub.doctor.rules._pages import Paged, pages
from hotclub.doctor.rules.deep_offset import OFFSET
from hotclub.errors import HotclubError
from hotclub.recording import Recording
from hotclub.workspace import AgentError, Workspace

MOST = 20
"""Last pages that are asked for."""


@dataclass(frozen=True)
class Numbered:
    """A request for a page by its number, and the parameter that is the number."""

    target: Target
    name: str
    by_page: bool
    limit: int
    model: str


def visit_last_pages(
    workspace: Workspace, deep: Path, seen: Crawl, options: Options, progress: Progress
) -> None:
    """Ask for them, with the same deep recording, and add the visits to the crawl's."""
    found = list(numbered(deep, workspace.tree, seen))[:MOST]
    if not found:
        return
    with ExitStack() as stack:
        workers = [
            stack.enter_context(Worker(workspace, "last pages", deep, "deep"))
            for _ in range(2 if several_processors() else 1)
        ]
        team = stack.enter_context(Team(workers))
        try:
            rows = workers[0].call("rows", models=sorted({one.model for one in found}))["rows"]
        except (AgentError, HotclubError):
            return
        targets = [target for one in found if (target := last(one, rows.get(one.model, 0)))]
        visit = partial(Worker.visit, seconds=options.request_seconds)
        asked = [team.give(one.route, partial(visit, target=one)) for one in targets]
        for number, (target, future) in enumerate(zip(targets, asked, strict=True)):
            progress(f"visiting {target.path}?{target.query}", number, len(targets))
            seen.visits.append(future.result().result[0])
        seen.notes += team.notes


def numbered(deep: Path, tree: Path, seen: Crawl) -> Iterator[Numbered]:
    """One request for each route and parameter that is a page's number."""
    targets = {visit.target.label: visit.target for visit in seen.visits if visit.ok}
    known = set()
    with Recording.open(deep) as recording:
        for request in recording.requests():
            target = targets.get(request.label or "")
            if target is None or not target.query:
                continue
            for page in pages(Seen(recording, request, Stacks((), tree))):
                one = _numbered(target, page)
                if one is not None and (target.route, one.name) not in known:
                    known.add((target.route, one.name))
                    yield one


def _numbered(target: Target, page: Paged) -> Numbered | None:
    if (page.batch.queryset or NO_FACTS).get("filtered", True) or not page.offset:
        return None
    for name, value in parse_qsl(target.query):
        if not value.isdecimal():
            continue
        by_page = (int(value) - 1) * page.limit == page.offset
        if by_page or int(value) == page.offset:
            return Numbered(target, name, by_page, page.limit, page.batch.model)
    return None


def last(one: Numbered, rows: int) -> Target | None:
    """The request for the last page; None where it is not deep."""
    pages_before = (rows - 1) // one.limit
    offset = pages_before * one.limit
    if offset < OFFSET:
        return None
    value = str(pages_before + 1 if one.by_page else offset)
    changed = [
        (name, value if name == one.name else held)
        for name, held in parse_qsl(one.target.query, keep_blank_values=True)
    ]
    return replace(one.target, query=urlencode(changed))
