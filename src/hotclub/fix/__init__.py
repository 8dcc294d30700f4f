"""Writes what a finding asks for: source edits, one for each queryset expression.

``plan`` decides, ``render`` writes text, ``diff`` shows it; none of them touches a file. What
may not be edited, or could mean something else afterwards, is refused with a reason. Proved
text goes into the work tree through a ``Destination``, and ``undo`` takes it back.
"""

from hotclub.fix._apply import Destination, write_patch
from hotclub.fix._diff import diff
from hotclub.fix._known import Known
from hotclub.fix._migration import Migrations
from hotclub.fix._plan import plan
from hotclub.fix._render import fitting, render
from hotclub.fix._undo import last_fix, undo
from hotclub.fix._write import Change, changes
from hotclub.fix.model import KINDS, Fix, Kind, Lookup, Plan, Refusal, Replacement

__all__ = [
    "Change",
    "Destination",
    "Fix",
    "KINDS",
    "Kind",
    "Known",
    "Lookup",
    "Migrations",
    "Plan",
    "Refusal",
    "Replacement",
    "changes",
    "diff",
    "fitting",
    "last_fix",
    "plan",
    "render",
    "undo",
    "write_patch",
]
