"""The nouns of a proof: what was replayed, what came back, what that says of a fix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hotclub.fix.model import Fix
from hotclub.workspace import Asked

Request = Asked
"""A recorded request, complete enough to be made again."""


@dataclass(frozen=True)
class Answer:
    """What one run of the tree answered to one request.

    ``truncated`` is true when the body was longer than the replayer reads, ``error`` holds what
    the view raised or that the run ended there; either makes the page unproved.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    queries: int
    milliseconds: float
    truncated: bool = False
    error: str = ""
    state: Mapping[str, str] = field(default_factory=dict)
    """Of a request that may write: digests of the columns of the tables that it wrote to."""

    @property
    def failure(self) -> str:
        """Why this is no page that works, in words; empty where it is one."""
        return self.error or (f"it answers {self.status}" if self.status >= 500 else "")

    @property
    def failed_by(self) -> tuple[int, str]:
        """Of a failure its status and the kind of exception, where that is known."""
        return self.status, self.error.partition(":")[0]


@dataclass(frozen=True)
class Mask:
    """A structural position at which two runs of the *same* tree differed.

    ``name`` says what stands there (``csrf token``, ``date``, ``header Set-Cookie`` …), ``count``
    how often, ``share`` the masked part of the response, from 0 to 1.
    """

    name: str
    count: int
    share: float


@dataclass(frozen=True)
class Verdict:
    """The comparison of old and new, and of old again if they differ, for one request.

    ``outcome`` is ``equal``, ``different`` or ``unproved``; ``reason`` explains the last two.
    """

    outcome: str
    reason: str = ""
    masks: tuple[Mask, ...] = ()


@dataclass(frozen=True)
class Timing:
    """Paired milliseconds: medians, and the ratio new/old with its 95 % interval.

    The interval is that of the median by order statistics, which asks nothing of the
    distribution; ``pairs`` under six give none, and ``low``/``high`` are then 0 and infinity.
    """

    before: float
    after: float
    ratio: float
    low: float
    high: float
    pairs: int

    @property
    def slower(self) -> bool:
        """Slower beyond noise: the whole interval lies above the tolerance."""
        return self.low > TOLERANCE

    @property
    def faster(self) -> bool:
        """Quicker beyond noise."""
        return self.high < 1.0


TOLERANCE = 1.03
"""A ratio up to this is no slowdown: two runs of one tree drift apart by as much."""


@dataclass(frozen=True)
class PageProof:
    """All that is known of one request after a proof."""

    label: str
    user: str | None
    verdict: Verdict
    queries_before: int
    queries_after: int
    timing: Timing | None

    @property
    def better(self) -> bool:
        """Fewer queries, or as many and quicker beyond noise."""
        if self.queries_after != self.queries_before:
            return self.queries_after < self.queries_before
        return self.timing is not None and self.timing.faster


@dataclass(frozen=True)
class Rejection:
    """A fix that lost, and the numbers it lost by."""

    fix: Fix
    reason: str


@dataclass(frozen=True)
class Reservation:
    """A fix that is kept although its proof leaves something open, and what that is."""

    fix: Fix
    reason: str


@dataclass(frozen=True)
class Judged:
    """An index that stays, and the evidence: what was measured, and what of it decided."""

    fix: Fix
    reason: str


@dataclass(frozen=True)
class Proof:
    """Which fixes are proved, which are not, and the evidence for both."""

    kept: tuple[Fix, ...]
    rejected: tuple[Rejection, ...]
    pages: tuple[PageProof, ...]
    sources: Mapping[str, str]
    """The new text of each file with exactly the kept fixes applied."""
    reservations: tuple[Reservation, ...] = ()
    judged: tuple[Judged, ...] = ()
    proved: str = ""
    """When it was made (ISO 8601), if that was in an earlier run and nothing has changed since."""

    @property
    def masks(self) -> dict[str, int]:
        """How often each kind of position was masked, over all pages."""
        counts: dict[str, int] = {}
        for page in self.pages:
            for mask in page.verdict.masks:
                counts[mask.name] = counts.get(mask.name, 0) + mask.count
        return counts
