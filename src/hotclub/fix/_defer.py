"""Heavy columns that nobody read: left to those who read them.

Only ever offered: whoever reads a deferred column after all asks the database for each instance.

    Article.objects.order_by("-created").defer("text")
"""

from __future__ import annotations

from hotclub.doctor.finding import Finding
from hotclub.fix._chain import Believe
from hotclub.fix._objections import check_queryset
from hotclub.fix._place import target_of
from hotclub.fix._target import ChainTarget
from hotclub.fix._tree import Tree
from hotclub.fix._view import ModelTarget
from hotclub.fix.model import Fix, Lookup, Refused

CODE = "HC405"


def deferring(finding: Finding, tree: Tree, believe: Believe) -> Fix:
    """The offer for one column.

    Raises:
        Refused: the queryset cannot say it.
    """
    if finding.reason or not finding.path:
        raise Refused(finding.reason or finding.advice)
    if finding.stale:
        raise Refused(f"{finding.place} has changed since it was recorded; record it again")
    check_queryset(finding.queryset)
    if finding.queryset.get("only") is not None:
        raise Refused(f"only() names the columns there; take {finding.lookup} out of it by hand")
    place, target = target_of(finding, tree, believe)
    if not isinstance(target, (ChainTarget, ModelTarget)):
        raise Refused(f"{place.qualname} is an admin's; {finding.advice}, in its get_queryset()")
    where = f"{place} {place.qualname}".rstrip()
    lookups = (Lookup("defer", finding.lookup),)
    return Fix(
        place.path,
        place,
        lookups,
        (finding,),
        f"{where}: {target.says(lookups)}",
        kind="offered",
    )
