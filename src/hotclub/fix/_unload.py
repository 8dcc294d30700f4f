"""Eager loading that nothing looks at: offered to be taken out where it is written.

Only ever offered: whoever looks at it after all, on a page that was not recorded, asks the database
for each instance.

    Product.objects.select_related("supplier").order_by("name")     Product.objects.order_by("name")
"""

from __future__ import annotations

from dataclasses import dataclass, field

from hotclub.doctor.finding import Finding, Place
from hotclub.fix._chain import Believe
from hotclub.fix._eager_at import asking_for
from hotclub.fix._tree import Tree
from hotclub.fix._unsaid import Asked
from hotclub.fix.model import Fix, Refused

CODES = frozenset({"HC105"})


@dataclass
class _Offer:
    """All that is to go from one place."""

    place: Place
    asked: Asked
    findings: list[Finding] = field(default_factory=list)


class Unloading:
    """The offers for eager loading; one for all findings about one place."""

    codes = CODES

    def __init__(self, tree: Tree, believe: Believe) -> None:
        self._tree = tree
        self._believe = believe
        self._offers: dict[tuple[str, int], _Offer] = {}

    @property
    def fixes(self) -> tuple[Fix, ...]:
        """What was offered so far."""
        return tuple(map(self._fix, self._offers.values()))

    def add(self, finding: Finding) -> None:
        """Offer an edit for a finding.

        Raises:
            Refused: what is loaded eagerly is not asked for there by its name.
        """
        _check(finding)
        for place, asked in asking_for(finding, self._tree, self._believe):
            _check_chosen(finding, asked)
            if any(_leads_through(one, finding.lookup) for one in asked.lookups):
                offer = self._offers.setdefault((place.path, asked.key), _Offer(place, asked))
                offer.findings.append(finding)
                return
        raise Refused(
            f"{finding.lookup} is not written out where {finding.place} makes the queryset; "
            f"{finding.advice} by hand"
        )

    def _fix(self, offer: _Offer) -> Fix:
        place, paths = offer.place, [finding.lookup for finding in offer.findings]
        said = f"without {', '.join(dict.fromkeys(paths))}"
        made = self._tree.replacing(place.path, offer.asked.without(paths))
        return Fix.of_text(place, tuple(offer.findings), said, "offered", made)


def _leads_through(lookup: str, path: str) -> bool:
    return f"{lookup}__".startswith(f"{path}__")


def _check_chosen(finding: Finding, asked: Asked) -> None:
    path = finding.lookup
    for one in asked.chosen:
        if _leads_through(one, path) or _leads_through(path, one):
            raise Refused(
                f"a Prefetch with a queryset of its own says which {one} there are, and without it "
                f"any that are shown after all are others; {finding.advice} by hand, if none are"
            )


def _check(finding: Finding) -> None:
    if finding.reason:
        raise Refused(finding.reason)
    if finding.stale:
        raise Refused(f"{finding.place} has changed since it was recorded; record it again")
    if finding.queryset.get("for_update"):
        raise Refused(
            f"select_for_update() locks what is joined as well; {finding.advice} by hand, if "
            "nobody needs those rows locked"
        )
