"""Which fixes pass together? All of them are tried on all requests; who is to blame for those that
fail is looked for on these alone.

To replay every request is dear, and a search takes several replays, each of which needs the old
tree as well. Alone a request may get another answer than after all those before it; so the search
has runs of the old tree of its own, begins with the requests that write, as everybody does, and
what it keeps is tried on all requests again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hotclub.fix.model import Fix
from hotclub.proof._search import keep_passing
from hotclub.proof._trial import Trials
from hotclub.proof.model import Rejection, Request
from hotclub.recording import is_safe


def touched(fix: Fix, requests: Sequence[Request]) -> list[int]:
    """Positions of the requests in which the fix's findings were seen."""
    labels = {label for finding in fix.findings for label in finding.evidence.requests}
    return [index for index, request in enumerate(requests) if request.label in labels]


def passing(trials: Trials, fixes: Sequence[Fix]) -> tuple[list[Fix], list[Rejection]]:
    """The fixes that pass together, in their order, and those that do not."""
    kept = list(fixes)
    rejected: list[Rejection] = []
    while kept and (failing := trials.complaints(kept)):
        failed = _blamed(trials.on(_with_writes(trials.requests, failing)), kept)
        if not failed:  # alone they pass
            failed = keep_passing(kept, trials.complaint)[1]
        rejected += [Rejection(fix, reason) for fix, reason in failed]
        gone = {id(fix) for fix, _ in failed}
        kept = [fix for fix in kept if id(fix) not in gone]
    return kept, rejected


def _with_writes(requests: Sequence[Request], failing: Iterable[int]) -> list[int]:
    """What failed, and what writes: a page may show what was written before."""
    writing = {number for number, one in enumerate(requests) if not is_safe(one.method)}
    return sorted({*failing, *writing})


def _blamed(few: Trials, fixes: Sequence[Fix]) -> list[tuple[Fix, str]]:
    """Those that a search on few requests rejects: first suspected is who has findings there."""

    def suspected(fix: Fix) -> bool:
        return bool(touched(fix, few.requests))

    return keep_passing(fixes, few.complaint, suspected)[1]
