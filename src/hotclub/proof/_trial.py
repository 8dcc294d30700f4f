"""One trial: a set of fixes against the unchanged tree, on the data as it is and analysed.

Every run is made on the data as it is and on a copy of the database after ``ANALYZE``, because
statistics change plans, and a plan can change which rows an unordered slice returns. Those are two
runs of the old tree as well, and a set that answers as they do, all but what has a known structure,
needs no third. For the first set that does not, the old tree runs once more, after the new one
(A1, B, A2); later sets are held against the same two old runs, and where they differ from those,
against the second and one more that is made then.
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
from hotclub.proof._compare import compare, settled
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
    _new: dict[tuple[int, ...], Answers] = field(default_factory=dict)
    """Answers that nothing has been made of yet."""
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

    def doubtful(self, fixes: Sequence[Fix]) -> list[int]:
        """Positions of the requests that cannot be judged before the old tree has run once more;
        none where it has, or where it runs once more in any case."""
        key = tuple(map(id, fixes))
        if self.added or self._again is not None or key in self.outcomes:
            return []
        old, new = self.unchanged(), self._changed(fixes)
        verdicts = self._by_two_runs(old, new)
        return [number for number, verdict in enumerate(verdicts) if verdict is None]

    def _run(self, fixes: Sequence[Fix]) -> Outcome:
        certain = not self.added and self._again is None and not self.doubtful(fixes)
        old, new = self.unchanged(), self._changed(fixes)
        del self._new[tuple(map(id, fixes))]
        if certain:
            verdicts = [verdict for verdict in self._by_two_runs(old, new) if verdict]
        elif self._again is None:
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

    def _changed(self, fixes: Sequence[Fix]) -> Answers:
        key = tuple(map(id, fixes))
        if key not in self._new:
            self._tried += 1
            self._new[key] = self._answers(fixes, f"new-{self._tried}")
        return self._new[key]

    def _by_two_runs(self, old: Answers, new: Answers) -> list[Verdict | None]:
        """The verdicts, as far as one old run on the data as it is and one after ``ANALYZE`` settle
        them."""
        plain = map(settled, old.plain, new.plain, old.analyzed)
        analyzed = map(settled, old.analyzed, new.analyzed, old.plain)
        return [first and second and first for first, second in zip(plain, analyzed, strict=True)]

    def _verdicts(self, old: Answers, new: Answers, again: Answers) -> list[Verdict]:
        plain = map(compare, old.plain, new.plain, again.plain)
        analyzed = map(compare, old.analyzed, new.analyzed, again.analyzed)
        return [_both(*pair) for pair in zip(plain, analyzed, strict=True)]

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


def _both(plain: Verdict, analyzed: Verdict) -> Verdict:
    if plain.outcome != "equal" or analyzed.outcome == "equal":
        return plain
    return Verdict(analyzed.outcome, f"after ANALYZE: {analyzed.reason}", analyzed.masks)
