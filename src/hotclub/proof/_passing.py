"""Which fixes pass together? All of them are tried on all requests; who is to blame for those that
fail is looked for on these alone.

To replay every request is dear, and a search takes several replays, each of which needs the old
tree as well. Alone a request may get another answer than after all those before it; so the search
has runs of the old tree of its own, begins with the requests that write, as everybody does, and
what it keeps is tried on all requests again. Where few requests are in doubt, that search comes
before another run of the old tree on all of them: without those to blame there may be no doubt. It
looks for different answers only, since nobody has seen yet that anything fails.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from hotclub.fix.model import Fix
from hotclub.proof._search import Attempt, keep_passing
from hotclub.proof._trial import Trials
from hotclub.proof.model import Rejection, Request
from hotclub.recording import is_safe

FEW = 4
"""One of so many requests: three runs of those cost less than one of all."""


def touched(fix: Fix, requests: Sequence[Request]) -> list[int]:
    """Positions of the requests in which the fix's findings were seen."""
    labels = {label for finding in fix.findings for label in finding.evidence.requests}
    return [index for index, request in enumerate(requests) if request.label in labels]


def passing(trials: Trials, fixes: Sequence[Fix]) -> tuple[list[Fix], list[Rejection]]:
    """The fixes that pass together, in their order, and those that do not."""
    kept = list(fixes)
    rejected: list[Rejection] = []
    while kept and (failed := _failing(trials, kept)):
        rejected += [Rejection(fix, reason) for fix, reason in failed]
        gone = {id(fix) for fix, _ in failed}
        kept = [fix for fix in kept if id(fix) not in gone]
    return kept, rejected


def _failing(trials: Trials, kept: Sequence[Fix]) -> list[tuple[Fix, str]]:
    """Some that must go for the others to pass, and why."""
    few = _with_writes(trials.requests, trials.doubtful(kept))
    if few and len(few) * FEW <= len(trials.requests):
        alone = trials.on(few)
        if failed := _blamed(alone, alone.difference, kept):
            return failed
    failing = trials.complaints(kept)
    if not failing:
        return []
    alone = trials.on(_with_writes(trials.requests, failing))
    return _blamed(alone, alone.complaint, kept) or keep_passing(kept, trials.complaint)[1]


def _with_writes(requests: Sequence[Request], wanted: Collection[int]) -> list[int]:
    """What is wanted, if anything is, and what writes: a page may show what was written before."""
    writing = {number for number, one in enumerate(requests) if not is_safe(one.method)}
    return sorted({*wanted, *writing}) if wanted else []


def _blamed(few: Trials, attempt: Attempt[Fix], fixes: Sequence[Fix]) -> list[tuple[Fix, str]]:
    """Those that a search on few requests rejects: first suspected is who has findings there. None,
    if all of them pass there."""

    def suspected(fix: Fix) -> bool:
        return bool(touched(fix, few.requests))

    return keep_passing(fixes, attempt, suspected)[1]
