"""From fixes to a proof: equal, fewer queries or less time, never slower beyond noise."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from time import monotonic

from hotclub.fix.model import Fix
from hotclub.proof._company import Remembered
from hotclub.proof._each import idle
from hotclub.proof._indexes import Indexes
from hotclub.proof._passing import passing, touched
from hotclub.proof._replay import alternate
from hotclub.proof._timing import timing
from hotclub.proof._trial import Progress, Render, Trials
from hotclub.proof._witnesses import witnesses
from hotclub.proof.model import (
    PageProof,
    Proof,
    Rejection,
    Request,
    Reservation,
    Timing,
)
from hotclub.recording import is_safe
from hotclub.workspace import Workspace

ROUNDS = 6
SECONDS_PER_PAGE = 2.5
SECONDS_OF_TIMING = 15.0


def once(requests: Sequence[Request]) -> list[Request]:
    """Each page once, though the crawl asked for some a second time: a proof asks twice anyway,
    and what is left to do the second time is not what was found. A script's writes all stay."""
    seen = set()
    kept = []
    for one in requests:
        asked = (one.method, one.path, one.query, one.user, one.headers)
        if not is_safe(one.method) or asked not in seen:
            kept.append(one)
        seen.add(asked)
    return kept


def prove(
    workspace: Workspace,
    fixes: Sequence[Fix],
    requests: Sequence[Request],
    *,
    render: Render,
    progress: Progress | None = None,
) -> Proof:
    """Try ``fixes`` on copies of the project and keep those that are proved.

    ``requests`` are replayed on the old tree and the new one, and if an answer is not the same on
    the old one again; ``render`` gives the new text of the files for a set of fixes; ``progress``
    is told what is going on as (what, done, total). The user's own tree is not touched: writing is
    the caller's choice.

    Raises :class:`~hotclub.errors.HotclubError` when the unchanged project cannot be run.
    """
    trials = Trials(workspace, once(requests), render, progress or _silent)
    kept, rejected = passing(trials, fixes)
    times: dict[int, Timing] = {}
    open_: list[Reservation] = []
    indexes = Indexes(trials)
    earned, told = Remembered[None](), Remembered[str]()
    while kept:
        proved = _proved(trials, kept)
        losers = idle(trials, kept, proved, earned) + indexes.losers(kept, proved)
        if not losers:
            by_queries = [_by_queries(trials, kept, proved[n]) for n in range(len(kept))]
            losers, open_ = witnesses(trials, kept, by_queries, told)
        if not losers:
            times = _measure(trials, kept, indexes.quicker)
            losers = _losers(trials, kept, times)
        if not losers:
            break
        rejected += losers
        gone = {id(loser.fix) for loser in losers}
        kept = [fix for fix in kept if id(fix) not in gone]
        kept, failed = passing(trials, kept)
        rejected += failed
    pages = _pages(trials, kept, times) if fixes else []
    sources = dict(render(kept, workspace.tree)) if kept else {}
    reserved = (*(open_ if kept else ()), *_unproved_offers(kept, trials.requests, pages))
    return Proof(tuple(kept), tuple(rejected), tuple(pages), sources, reserved, indexes.of(kept))


def _by_queries(trials: Trials, kept: Sequence[Fix], pages: Sequence[int]) -> list[int]:
    """Pages with the fewest queries first."""
    old = trials.outcome(kept).old
    return sorted(pages, key=lambda index: old[index].queries)


def _proved(trials: Trials, kept: Sequence[Fix]) -> dict[int, list[int]]:
    """For each kept fix, by position, the proved requests it touches, quickest first."""
    outcome = trials.outcome(kept)
    return {
        number: sorted(
            (
                index
                for index in touched(fix, trials.requests)
                if outcome.verdicts[index].outcome == "equal"
            ),
            key=lambda index: outcome.old[index].milliseconds,
        )
        for number, fix in enumerate(kept)
    }


def _silent(what: str, done: int, total: int) -> None:
    """No progress is wanted."""


def _measure(trials: Trials, kept: Sequence[Fix], quicker: set[int]) -> dict[int, Timing]:
    """Paired times for a sample of the pages that the kept fixes touch, and for those that are
    known to have become ``quicker`` by an index.

    A page that comes out slower is measured once more before anybody believes it: among many
    pages one interval in forty lies above by chance alone.
    """
    chosen = [n for n in _sample(trials, kept, quicker) if is_safe(trials.requests[n].method)]
    times = _time(trials, kept, chosen)
    doubtful = [index for index in chosen if index in times and times[index].slower]
    return {**times, **_time(trials, kept, doubtful)}


def _time(trials: Trials, kept: Sequence[Fix], chosen: Sequence[int]) -> dict[int, Timing]:
    if not chosen:
        return {}
    done = 0

    def tick(_: str) -> None:
        nonlocal done
        done += 1
        trials.progress("timing old and new in turn", done, len(chosen))

    measured = alternate(
        (
            trials.under((), "time-old", timed=True, written=True),
            trials.under(kept, "time-new", timed=True, written=True),
        ),
        [trials.requests[index] for index in chosen],
        rounds=ROUNDS,
        seconds=SECONDS_PER_PAGE,
        tick=tick,
    )
    found = {}
    until = monotonic() + SECONDS_OF_TIMING
    for index, pairs in zip(chosen, measured, strict=False):
        if pairs:
            found[index] = timing(pairs)
        if monotonic() > until:
            break
    measured.close()
    return found


def _sample(trials: Trials, kept: Sequence[Fix], quicker: set[int]) -> list[int]:
    """For each distinct set of fixes that meet on a page, the page with the most queries;
    quick pages first, so that the time allowed goes as far as it can."""
    outcome = trials.outcome(kept)
    meeting: dict[int, list[int]] = {}
    for number, indexes in _proved(trials, kept).items():
        for index in indexes:
            meeting.setdefault(index, []).append(number)
    chosen: dict[tuple[int, ...], int] = {}
    for index, numbers in meeting.items():
        best = chosen.setdefault(tuple(numbers), index)
        if outcome.old[index].queries > outcome.old[best].queries:
            chosen[tuple(numbers)] = index
    pages = {*chosen.values(), *quicker}
    return sorted(pages, key=lambda index: outcome.old[index].milliseconds)


def _losers(trials: Trials, kept: Sequence[Fix], times: dict[int, Timing]) -> list[Rejection]:
    """Kept fixes without a gain, or on a page that became slower."""
    pages = _pages(trials, kept, times)
    found = []
    for fix in kept:
        mine = [pages[index] for index in touched(fix, trials.requests)]
        reason = _loss(fix, mine)
        if reason:
            found.append(Rejection(fix, reason))
    return found


def _unproved_offers(
    kept: Sequence[Fix], requests: Sequence[Request], pages: Sequence[PageProof]
) -> tuple[Reservation, ...]:
    """The offered fixes that somebody asked for and that no page could prove."""
    found = []
    for fix in kept:
        mine = [pages[index] for index in touched(fix, requests)]
        if fix.kind == "offered" and not any(page.verdict.outcome == "equal" for page in mine):
            found.append(Reservation(fix, _unproved(fix, mine)))
    return tuple(found)


def _unproved(fix: Fix, pages: Iterable[PageProof]) -> str:
    nothing = "none of its requests was replayed"
    if all(finding.tested for finding in fix.findings):
        nothing = "only tests showed it, and they prove nothing; --requests can name a request"
    reasons = {page.verdict.reason for page in pages} or {nothing}
    return "unproved: " + "; ".join(sorted(reasons))


def _loss(fix: Fix, pages: Sequence[PageProof]) -> str | None:
    """Why a fix goes; for want of a gain only if it must show one."""
    proved = [page for page in pages if page.verdict.outcome == "equal"]
    wanted = fix.kind == "offered"
    if not proved and not wanted:
        return _unproved(fix, pages)
    for page in proved:
        if page.timing is not None and page.timing.slower:
            return f"{page.label} became slower: {_numbers([page])}"
    if fix.must_gain and not any(page.better for page in proved):
        return f"no page became better: {_numbers(proved)}"
    return None


def _numbers(pages: Iterable[PageProof]) -> str:
    def one(page: PageProof) -> str:
        text = f"{page.queries_before} → {page.queries_after} queries"
        if page.timing is None:
            return f"{page.label} {text}"
        times = page.timing
        return (
            f"{page.label} {text}, {times.before:.1f} → {times.after:.1f} ms "
            f"(×{times.ratio:.2f}, 95 % {times.low:.2f}–{times.high:.2f})"
        )

    return "; ".join(one(page) for page in list(pages)[:3])


def _pages(trials: Trials, kept: Sequence[Fix], times: dict[int, Timing]) -> list[PageProof]:
    outcome = trials.outcome(kept)
    return [
        PageProof(
            label=request.label,
            user=request.user,
            verdict=outcome.verdicts[index],
            queries_before=outcome.old[index].queries,
            queries_after=outcome.new[index].queries,
            timing=times.get(index),
        )
        for index, request in enumerate(trials.requests)
    ]
