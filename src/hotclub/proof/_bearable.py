"""Rows that the unchanged project cannot bear are no witnesses.

A key that is NULL where there never was none may break a page with every fix and without any. A
page that fails shows nothing, of the other rows neither. So the rows are tried on the unchanged
project; those that break one of its pages are found by halves, on that page alone, and withdrawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

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
        self._tried: dict[tuple[tuple[Row, ...], tuple[int, ...]], Trials] = {}
        self.withdrawn: dict[Row, str] = {}
        rows = [(number, need) for number, one in enumerate(wanted) for need in one.needs]
        while found := self._breaking(rows):
            self.withdrawn.update(found)
            rows = [row for row in rows if row not in self.withdrawn]
        self.trials = self._with(rows, pages)

    def _breaking(self, rows: Sequence[Row]) -> list[tuple[Row, str]]:
        """Those of the rows that break the first page which fails, if they do where it is asked
        alone, and it does not fail there by itself; else those that break any."""
        failed = self._with(rows, self._pages).failed()
        if failed is None:
            return []
        page = [self._pages[failed[0]]]
        pages = page if self._broken(rows, page) and not self._broken([], page) else self._pages
        return keep_passing(rows, partial(self._broken, pages=pages))[1]

    def _with(self, rows: Sequence[Row], pages: Sequence[int]) -> Trials:
        key = tuple(rows), tuple(pages)
        if key not in self._tried:
            self._tried[key] = self._of.on(pages, [adding(self._only(rows))])
        return self._tried[key]

    def _only(self, rows: Sequence[Row]) -> list[Wanted]:
        return [
            replace(one, needs=tuple(need for need in one.needs if (number, need) in rows))
            for number, one in enumerate(self._wanted)
        ]

    def _broken(self, rows: Sequence[Row], pages: Sequence[int]) -> str | None:
        """Which of these pages does not bear these rows."""
        trials = self._with(rows, pages)
        failed = trials.failed()
        if failed is None:
            return None
        label = trials.requests[failed[0]].label
        return f"withdrawn, {label} fails on it without the edit: {failed[1]}"
