"""The fixes of findings that eager loading does not answer: a function or a class for each code."""

from __future__ import annotations

from collections.abc import Callable

from hotclub.doctor.finding import Finding
from hotclub.fix import _asked as asked
from hotclub.fix import _bulk as bulk
from hotclub.fix import _counting as counting
from hotclub.fix import _defer as deferred
from hotclub.fix import _filtering as filtering
from hotclub.fix import _keyed as keyed
from hotclub.fix._annotate import Annotations, is_value
from hotclub.fix._chain import Believe
from hotclub.fix._known import Models, Unknown
from hotclub.fix._paging import Paging
from hotclub.fix._tree import Tree
from hotclub.fix._unload import Unloading
from hotclub.fix.model import Fix

_OF_ONE: dict[str, Callable[[Finding, Tree, Models], Fix]] = {
    bulk.CODE: bulk.bulk,
    counting.CODE: counting.counting,
    filtering.CODE: filtering.filtering,
    keyed.CODE: keyed.keyed,
}


class Own:
    """Writes the fixes of single findings at once, and keeps those that answer several."""

    def __init__(self, tree: Tree, believe: Believe, models: Models) -> None:
        self._tree, self._believe, self._models = tree, believe, models
        self._annotations = Annotations(tree, believe, models)
        paging, unloading = Paging(tree), Unloading(tree, believe)
        self._grouping: tuple[Paging | Unloading, ...] = (paging, unloading)
        self.single: list[Fix] = []

    def add(self, finding: Finding) -> bool:
        """Whether a finding is answered here.

        Raises:
            Refused: it is, and no edit can be right.
        """
        for one in self._grouping:
            if finding.code in one.codes:
                one.add(finding)
                return True
        try:
            fix = self._fix(finding)
        except Unknown as unknown:
            raise Unknown(unknown.why, finding.advice) from None
        self.single += [fix] if fix is not None else []
        return fix is not None

    @property
    def grouped(self) -> list[Fix]:
        """Those that answer several findings, as far as these were added."""
        return [fix for one in self._grouping for fix in one.fixes]

    def _fix(self, finding: Finding) -> Fix | None:
        if finding.code in _OF_ONE:
            return _OF_ONE[finding.code](finding, self._tree, self._models)
        if finding.code in asked.METHODS:
            return asked.asking(finding, self._tree)
        if finding.code == deferred.CODE:
            return deferred.deferring(finding, self._tree, self._believe)
        return self._annotations.fix(finding) if is_value(finding) else None
