"""One trial: a set of fixes against the unchanged tree, on the data as it is and analysed.

The old tree runs before and after the *first* set that is tried (A1, B, A2); later sets are
held against the same two old runs, and where they differ from those, against the second and one
more that is made then. Every run is repeated on a copy of the database after
``ANALYZE``, because statistics change plans, and a plan can change which rows an unordered
slice returns.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from hotclub.fix.model import Fix
from hotclub.proof._compare import compare
from hotclub.proof._replay import Prepare, Replay, Run, replay
from hotclub.proof._steps import Seen, Step, seen_of, steps_of, watching
from hotclub.proof.model import Answer, Request, Verdict
from hotclub.recording import is_safe
from hotclub.workspace import Masters, Migrated, Workspace

Render = Callable[[Sequence[Fix], Path], Mapping[str, str]]
Progress = Callable[[str, int, int], None]

_TREES = itertools.count(1)


@dataclass(frozen=True)
class Answers:
    """All answers of one tree: on the database as it is, and after ``ANALYZE``."""

    plain: list[Answer]
    analyzed: list[Answer]
    told: tuple[str, ...] = ()
    """Why rows could not be added, step by step."""
    seen: Sequence[Mapping[Step, Seen]] = ()
    """Which rows the eager loading of a new tree has met, request by request."""


@dataclass(frozen=True)
class Outcome:
    """What a trial of one set of fixes showed, request by request."""

    verdicts: list[Verdict]
    old: list[Answer]
    new: list[Answer]
    seen: Sequence[Mapping[Step, Seen]] = ()
    told: tuple[str, ...] = ()


@dataclass
class Trials:
    """Tries sets of fixes on one workspace, and remembers the runs of the unchanged tree."""

    workspace: Workspace
    requests: Sequence[Request]
    render: Render
    progress: Progress
    added: Prepare = ()
    """Rows that every run begins with adding to its clone."""
    outcomes: dict[tuple[int, ...], Outcome] = field(default_factory=dict)
    trees: dict[tuple[int, ...], Path] = field(default_factory=dict)
    migrated: Migrated = field(init=False)
    _old: Answers | None = None
    _again: Answers | None = None
    _tried: int = 0

    def __post_init__(self) -> None:
        self.migrated = Migrated(self.workspace)

    def tree(self, fixes: Sequence[Fix]) -> Path:
        """A tree with these fixes applied; the unchanged one without any."""
        if not fixes:
            return self.workspace.tree
        key = tuple(map(id, fixes))
        if key not in self.trees:
            sources = dict(self.render(fixes, self.workspace.tree))
            self.trees[key] = self.workspace.branch(f"trial-{next(_TREES)}", sources)
        return self.trees[key]

    def under(
        self,
        fixes: Sequence[Fix],
        name: str,
        *,
        analyze: bool = False,
        watch: Sequence[Step] = (),
        timed: bool = False,
        written: bool = False,
    ) -> Run:
        """A run of the project with these fixes, on databases that have their migrations; with
        ``written`` also what the requests that write leave there."""
        return Run(
            self.workspace,
            self.tree(fixes),
            name,
            analyze=analyze,
            masters=self._masters(fixes),
            prepare=[*self.added, *([watching(watch)] if watch else [])],
            timed=timed,
            first=[one for one in self.requests if not is_safe(one.method)] if written else (),
        )

    def _masters(self, fixes: Sequence[Fix]) -> Callable[[], Masters | None] | None:
        tree = self.tree(fixes)
        files = {path for fix in fixes for path, _ in fix.files if (tree / path).is_file()}
        return partial(self.migrated.masters, tree, files) if files else None

    def outcome(self, fixes: Sequence[Fix]) -> Outcome:
        """Run the requests under these fixes and compare; remembered by the fixes' identity."""
        key = tuple(map(id, fixes))
        if key not in self.outcomes:
            self.outcomes[key] = self._run(fixes)
        return self.outcomes[key]

    def on(self, positions: Iterable[int], added: Prepare = ()) -> Trials:
        """Trials of these requests alone, with runs of the unchanged tree of their own; with more
        rows ``added``."""
        few = Trials(
            self.workspace,
            [self.requests[number] for number in positions],
            self.render,
            self.progress,
            [*self.added, *added],
            trees=self.trees,
        )
        few.migrated = self.migrated
        return few

    def unchanged(self) -> Answers:
        """The answers of the unchanged tree."""
        if self._old is None:
            self._old = self._answers((), "old")
        return self._old

    def complaint(self, fixes: Sequence[Fix]) -> str | None:
        """Why this set fails, if it does."""
        return next(iter(self.complaints(fixes).values()), None)

    def complaints(self, fixes: Sequence[Fix]) -> dict[int, str]:
        """By position, the requests that this set fails on, and why: a difference, or more
        queries."""
        outcome = self.outcome(fixes)
        rows = zip(self.requests, outcome.verdicts, outcome.old, outcome.new, strict=True)
        found = {}
        for number, (request, verdict, old, new) in enumerate(rows):
            if verdict.outcome == "different":
                found[number] = f"{request.label}: {verdict.reason}"
            elif verdict.outcome == "equal" and new.queries > old.queries and not self.added:
                found[number] = f"{request.label}: {old.queries} queries became {new.queries}"
        return found

    def _run(self, fixes: Sequence[Fix]) -> Outcome:
        old = self.unchanged()
        self._tried += 1
        new = self._answers(fixes, f"new-{self._tried}")
        if self._again is None:
            self._again = self._answers((), "old-again")
            verdicts = self._verdicts(old, new, self._again)
        else:
            verdicts = self._verdicts(old, new, self._again)
            if any(verdict.outcome == "different" for verdict in verdicts):
                # Time has passed since: «9 minutes ago» is no fault of these fixes.
                self._old, self._again = self._again, self._answers((), "old-once-more")
                old = self._old
                verdicts = self._verdicts(old, new, self._again)
        return Outcome(verdicts, old.plain, new.plain, new.seen, new.told)

    def _verdicts(self, old: Answers, new: Answers, again: Answers) -> list[Verdict]:
        plain = map(compare, old.plain, new.plain, again.plain)
        analyzed = map(compare, old.analyzed, new.analyzed, again.analyzed)
        return [_both(*pair) for pair in zip(plain, analyzed, strict=True)]

    def _answers(self, fixes: Sequence[Fix], name: str) -> Answers:
        done = 0
        kind = name.partition("-")[0]

        def tick(_: str) -> None:
            nonlocal done
            done += 1
            self.progress(f"replaying on the {kind} tree", done, total)

        watch = steps_of(fixes)
        runs = [self.under(fixes, name, watch=watch)]
        if not self.added:
            runs.append(self.under(fixes, f"{name}-analyzed", analyze=True))
        total = len(runs) * len(self.requests)
        gather = ["witnessed" if watch else "", ""]

        def one(run: Run, wanted: str) -> Replay:
            return replay(run, self.requests, tick, wanted)

        with ThreadPoolExecutor(2) as pool:
            plain, *rest = pool.map(one, runs, gather)
        analyzed = rest[0].answers if rest else plain.answers
        told = tuple(plain.prepared[0]["told"]) if self.added and plain.prepared else ()
        seen = [seen_of(watch, gathered) for gathered in plain.gathered]
        return Answers(plain.answers, analyzed, told, seen)


def _both(plain: Verdict, analyzed: Verdict) -> Verdict:
    if plain.outcome != "equal" or analyzed.outcome == "equal":
        return plain
    return Verdict(analyzed.outcome, f"after ANALYZE: {analyzed.reason}", analyzed.masks)
