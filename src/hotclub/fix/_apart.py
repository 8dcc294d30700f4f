"""Fixes that would undo each other.

    customers.prefetch_related("orders__lines")        loads the orders of all customers
    self.orders.all().prefetch_related("lines")        asks for those of one customer again

A related manager hands out what was prefetched only while nothing is asked of it that the prefetch
did not ask. So where a relation is loaded eagerly, nobody who reads it from one instance is edited.
"""

from __future__ import annotations

from collections.abc import Iterable

from hotclub.fix.model import Fix, Refusal


def apart(fixes: Iterable[Fix]) -> tuple[list[Fix], list[Refusal]]:
    """The fixes without those that read anew what another one loads, and refusals for them."""
    fixes = list(fixes)
    kept: list[Fix] = []
    refusals: list[Refusal] = []
    for fix in fixes:
        relation = next((one.relation_of for one in fix.findings if one.relation_of), "")
        other = next((one for one in fixes if one is not fix and relation in _loads(one)), None)
        if not relation or other is None:
            kept.append(fix)
            continue
        reason = (
            f"{other.place} will load {relation} for many instances at once, and would in vain if "
            f"{fix.place} asked for more; once that is done, see what is left"
        )
        refusals += [Refusal(finding, reason) for finding in fix.findings]
    return kept, refusals


def _loads(fix: Fix) -> set[str]:
    """The relations that a fix loads eagerly, each with the model that has it."""
    return {
        f"{step.model}.{step.relation}"
        for finding in fix.findings
        for step in finding.path
        if step.model
    }
