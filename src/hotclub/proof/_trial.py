"""One trial: a set of fixes against the unchanged tree, on the data as it is and analysed.

A page that answers as the old tree does needs no more. For the first set of which one does not, the
old tree runs once more, after the new one (A1, B, A2): what differs there by itself is no fault of
the set. Later sets are held against the same two old runs, and where they differ from those,
against the second and one more that is made then. Every run is repeated on a copy of the database
after ``ANALYZE``, because statistics change plans, and a plan can change which rows an unordered
slice returns.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from hotclub.errors import HotclubError
from hotclub.fix.model import Fix
from hotclub.proof._held import Answers, Held
from hotclub.proof._replay import Prepare, Replay, Run, replay
from hotclub.proof._shares import first_failure, shares, together
from hotclub.proof._steps import Seen, Step, seen_of, steps_of, watching
from hotclub.proof.model import Answer, Request, Verdict
from hotclub.recording import is_safe
from hotclub.workspace import Masters, Migrated, Workspace

Render = Callable[[Sequence[Fix], Path], Mapping[str, str]]
Progress = Callable[[str, int, int], None]

_TREES = itertools.count(1)


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
    _new: tuple[tuple[int, ...], Held] | None = None
    """The last set that was run, if nothing has been made of it yet."""
    _old: Answers | None = None
    _again: Answers | None = None
    _failed: tuple[int, str] | None = None
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

    def prepare(self, sets: Iterable[Sequence[Fix]]) -> None:
        """Make the databases that runs with these sets of fixes will want, two at a time."""
        wanted = [make for fixes in sets if (make := self._masters(fixes)) is not None]

        def make_one(make: Callable[[], Masters | None]) -> None:
            with suppress(HotclubError):  # the run says so
                make()

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(make_one, wanted))

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

    def failed(self) -> tuple[int, str] | None:
        """The position of the first request that fails on the unchanged tree and the added rows,
        and how; those after it need not be made."""
        if self._old is None and self._failed is None:
            shared = self._shared((), "old", to_failure=True)
            self._failed = first_failure(shared)
            if self._failed is None:
                self._old = self._on_added((), shared)
        return self._failed

    def difference(self, fixes: Sequence[Fix]) -> str | None:
        """The first request that this set answers otherwise, and why, if there is one."""
        rows = zip(self.requests, self.outcome(fixes).verdicts, strict=True)
        return next((_told(*row) for row in rows if row[1].outcome == "different"), None)

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
                found[number] = _told(request, verdict)
            elif verdict.outcome == "equal" and new.queries > old.queries and not self.added:
                found[number] = f"{request.label}: {old.queries} queries became {new.queries}"
        return found

    def doubtful(self, fixes: Sequence[Fix]) -> list[int]:
        """Positions of the requests that cannot be judged before the old tree has run once more;
        none where it has."""
        if self._again is not None or tuple(map(id, fixes)) in self.outcomes:
            return []
        return self._held(fixes).doubtful

    def _run(self, fixes: Sequence[Fix]) -> Outcome:
        held = self._held(fixes)
        self._new = None
        if held.doubtful and self._again is None:
            self._again = self._answers((), "old-again")
            verdicts = held.verdicts(self._again)
        else:
            verdicts = held.verdicts(self._again)
            if any(verdict.outcome == "different" for verdict in verdicts):
                # Time has passed since: «9 minutes ago» is no fault of these fixes.
                self._old, self._again = self._again, self._answers((), "old-once-more")
                held = Held(self.unchanged(), held.new)
                verdicts = held.verdicts(self._again)
        return Outcome(verdicts, held.old.plain, held.new.plain, held.new.seen, held.new.told)

    def _held(self, fixes: Sequence[Fix]) -> Held:
        key = tuple(map(id, fixes))
        if self._new is None or self._new[0] != key:
            old = self.unchanged()
            self._tried += 1
            self._new = key, Held(old, self._answers(fixes, f"new-{self._tried}"))
        return self._new[1]

    def _answers(self, fixes: Sequence[Fix], name: str) -> Answers:
        if self.added:
            return self._on_added(fixes, self._shared(fixes, name))
        runs = [
            self.under(fixes, name, watch=steps_of(fixes)),
            self.under(fixes, f"{name}-analyzed", analyze=True),
        ]
        plain, analyzed = self._replayed(fixes, runs, [self.requests, self.requests], name)
        return Answers(plain.answers, analyzed.answers, (), _seen(fixes, plain))

    def _shared(self, fixes: Sequence[Fix], name: str, to_failure: bool = False) -> list[Replay]:
        """Of one run on added rows what each of those did that share it."""
        parts = shares(self.requests)
        runs = [self.under(fixes, name, watch=steps_of(fixes)) for _ in parts]
        return self._replayed(fixes, runs, parts, name, to_failure)

    def _on_added(self, fixes: Sequence[Fix], shared: Sequence[Replay]) -> Answers:
        plain = together(shared)
        told = tuple(plain.prepared[0]["told"]) if plain.prepared else ()
        return Answers(plain.answers, plain.answers, told, _seen(fixes, plain))

    def _replayed(
        self,
        fixes: Sequence[Fix],
        runs: Sequence[Run],
        parts: Sequence[Sequence[Request]],
        name: str,
        to_failure: bool = False,
    ) -> list[Replay]:
        """Each run with its requests, two at a time. What was loaded eagerly is gathered from all
        that watch, those on clones after ``ANALYZE`` do not."""
        done = 0
        total = sum(map(len, parts))
        kind = name.partition("-")[0]

        def tick(_: str) -> None:
            nonlocal done
            done += 1
            self.progress(f"replaying on the {kind} tree", done, total)

        def one(run: Run, requests: Sequence[Request]) -> Replay:
            wanted = "witnessed" if steps_of(fixes) and not run.analyze else ""
            return replay(run, requests, tick, wanted, to_failure=to_failure)

        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(one, runs, parts))


def _seen(fixes: Sequence[Fix], plain: Replay) -> list[Mapping[Step, Seen]]:
    watch = steps_of(fixes)
    return [seen_of(watch, gathered) for gathered in plain.gathered]


def _told(request: Request, verdict: Verdict) -> str:
    return f"{request.label}: {verdict.reason}"
