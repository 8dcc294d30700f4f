"""Writes what a finding asks for: source edits, one for each queryset expression.

``plan`` decides, ``render`` writes text, ``diff`` shows it; none of them touches a file. What
may not be edited, or could mean something else afterwards, is refused with a reason.
"""

from hotclub.fix._diff import diff
from hotclub.fix._plan import plan
from hotclub.fix._render import render
from hotclub.fix.model import Fix, Lookup, Plan, Refusal

__all__ = ["Fix", "Lookup", "Plan", "Refusal", "diff", "plan", "render"]
