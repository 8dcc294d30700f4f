"""One recorded crawl of a project as it is, made once and kept for both commands."""

from __future__ import annotations

import pickle
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from hotclub.doctor import Diagnosis, Options, Request, Route, examine, silent
from hotclub.doctor._outcomes import routes
from hotclub.doctor.crawl import Worker, begin, crawl
from hotclub.workspace import Workspace
from truth.projects import Prepared

LIMITS = Options(max_requests=2000, max_seconds=900.0, samples=1)


@dataclass(frozen=True)
class Crawled:
    """What the crawl left."""

    recording: Path
    routes: tuple[Route, ...]
    notes: tuple[str, ...]

    def diagnosis(self, workspace: Workspace) -> Diagnosis:
        """What today's rules see in it."""
        return examine(self.recording, workspace.tree)


def crawled(prepared: Prepared, workspace: Workspace) -> Crawled:
    """The crawl of this project, from the cache if it is there."""
    kept = prepared.directory / f"crawl-{prepared.made}"
    facts, recording = kept / "facts.pickle", kept / "crawl.hclb"
    if not facts.exists():
        say(f"crawling {prepared.name}")
        kept.mkdir(exist_ok=True)
        made = workspace.path("recordings", "crawl.hclb")
        with Worker(workspace, "crawl", made, "deep") as worker:
            seen = begin(worker)
            crawl(worker, seen, LIMITS, silent)
            outcomes = routes(seen)
        shutil.copyfile(made, recording)
        facts.write_bytes(pickle.dumps((outcomes, tuple(seen.notes))))
    outcomes, notes = pickle.loads(facts.read_bytes())
    return Crawled(recording, outcomes, notes)


def answered(diagnosis: Diagnosis) -> tuple[Request, ...]:
    """The requests that got a 2xx."""
    return tuple(one for one in diagnosis.requests if 200 <= one.status < 300)


def say(text: str) -> None:
    """To whoever waits."""
    print(f"truth: {text}", file=sys.stderr, flush=True)
