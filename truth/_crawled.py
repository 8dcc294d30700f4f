"""One recorded crawl of a project as it is, made once and kept for both commands."""

from __future__ import annotations

import pickle
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from hotclub.doctor import Diagnosis, Options, Request, Route, examine, silent
from hotclub.doctor._diagnose import crawlers, look
from hotclub.doctor._measure import plan, replay
from hotclub.doctor._outcomes import routes
from hotclub.doctor.crawl import Worker, begin, crawl
from hotclub.recording import merge
from hotclub.workspace import Workspace
from truth.projects import Prepared

LIMITS = Options(max_requests=2000, max_seconds=900.0, samples=1, rounds=1)


@dataclass(frozen=True)
class Crawled:
    """What the crawl left."""

    recording: Path
    measured: Path
    """The same, and of the requests that show something also how they are once it is warm."""
    routes: tuple[Route, ...]
    notes: tuple[str, ...]

    def diagnosis(self, workspace: Workspace) -> Diagnosis:
        """What today's rules see in it."""
        return examine(self.measured, workspace.tree)


def crawled(prepared: Prepared, workspace: Workspace) -> Crawled:
    """The crawl of this project, from the cache if it is there."""
    kept = prepared.directory / f"crawl-{prepared.made}"
    facts, recording = kept / "facts.pickle", kept / "crawl.hclb"
    measured = kept / "measured.hclb"
    if not facts.exists():
        say(f"crawling {prepared.name}")
        kept.mkdir(exist_ok=True)
        made = workspace.path("recordings", "crawl.hclb")
        with crawlers(workspace, made, LIMITS) as workers:
            seen = begin(workers[0])
            crawl(workers, seen, LIMITS, silent)
            outcomes = routes(seen)
        shutil.copyfile(made, recording)
        facts.write_bytes(pickle.dumps((outcomes, tuple(seen.notes))))
    if not measured.exists():
        say(f"asking {prepared.name} again, warm")
        merge(measured, [recording, _measured(workspace, recording)])
    outcomes, notes = pickle.loads(facts.read_bytes())
    return Crawled(recording, measured, outcomes, notes)


def _measured(workspace: Workspace, recording: Path) -> Path:
    """A light recording of the requests that show something, each made again once it is warm."""
    made = workspace.path("recordings", "light.hclb")
    sightings, _ = look(recording, workspace.tree)
    requests = answered(examine(recording, workspace.tree))
    planned = [one for one in plan(requests, sightings, {}, LIMITS) if one.warm]
    with Worker(workspace, "measure", made, "light") as worker:
        replay(worker, planned, LIMITS, silent)
    return made


def answered(diagnosis: Diagnosis) -> tuple[Request, ...]:
    """The requests that got a 2xx."""
    return tuple(one for one in diagnosis.requests if 200 <= one.status < 300)


def say(text: str) -> None:
    """To whoever waits."""
    print(f"truth: {text}", file=sys.stderr, flush=True)
