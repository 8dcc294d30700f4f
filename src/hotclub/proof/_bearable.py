"""Rows that the unchanged project cannot bear are no witnesses.

A key that is NULL where there never was none may break a page with every fix and without any. A
page that fails shows nothing, of the other rows neither. So the rows are tried on the unchanged
project; those that break one of its pages are found by halves, and withdrawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hotclub.proof._search import keep_passing
from hotclub.proof._steps import Wanted, adding
from hotclub.proof._trial import Trials

Row = tuple[int, str]
"""A position among those that are wanted, and what of it."""


class Bearable:
    """The trial on clones that have as many of the wanted rows as the unchanged project bears.

    ``withdrawn`` has for each other row why it is not there.
    """

    def __init__(self, trials: Trials, wanted: Sequence[Wanted], pages: Sequence[int]) -> None:
        self._of = trials
        self._wanted = wanted
        self._pages = pages
        self._tried: dict[tuple[Row, ...], Trials] = {}
        rows = [(number, need) for number, one in enumerate(wanted) for need in one.needs]
        kept, failed = keep_passing(rows, self._broken)
        self.trials = self._with(kept)
        self.withdrawn = dict(failed)

    def _with(self, rows: Sequence[Row]) -> Trials:
        key = tuple(rows)
        if key not in self._tried:
            self._tried[key] = self._of.on(self._pages, [adding(self._only(rows))])
        return self._tried[key]

    def _only(self, rows: Sequence[Row]) -> list[Wanted]:
        return [
            replace(one, needs=tuple(need for need in one.needs if (number, need) in rows))
            for number, one in enumerate(self._wanted)
        ]

    def _broken(self, rows: Sequence[Row]) -> str | None:
        """Which page does not bear these rows."""
        failed = self._with(rows).failure()
        if failed is None:
            return None
        request, failure = failed
        return f"withdrawn, {request.label} fails on it without the edit: {failure}"
