"""Join or second query: which method loads a path, and what several paths come to.

A join costs no query, but a database may return other rows for it: where the order is not total,
*which* rows a slice holds is left to the plan, and a join is another plan (seen on SQLite after
ANALYZE). So a join needs rows whose order cannot change, or a queryset that is read whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from hotclub.doctor.finding import Finding
from hotclub.fix._generic import generic_lookup, split
from hotclub.fix._known import Models, unknown
from hotclub.fix._objections import FORWARD, check_lookup, missing_keys
from hotclub.fix._stated import Stated, of_facts
from hotclub.fix._target import Target
from hotclub.fix.model import Lookup, Refusal, Refused


def choose(
    findings: Sequence[Finding], target: Target, django: tuple[int, int], models: Models = unknown
) -> tuple[tuple[Lookup, ...], tuple[Finding, ...], tuple[Refusal, ...]]:
    """What to add at one target, the findings it answers, and those it does not."""
    here = target.stated
    recorded = [of_facts(finding.queryset) for finding in findings]
    joins = not _plans_matter(findings, target) and not _joins_are_set(here, recorded)
    answered: list[Finding] = []
    lookups: list[Lookup] = []
    refusals: list[Refusal] = []
    for finding in findings:
        try:
            lookup = _lookup(finding, target, joins)
            if split(finding):
                lookup = generic_lookup(finding, target.source, here, models, django)
            check_lookup(finding, lookup, here, django)
        except Refused as refused:
            refusals.append(Refusal(finding, refused.reason))
        else:
            answered.append(finding)
            lookups += [*missing_keys(finding, here), lookup]
    return merge(lookups), tuple(answered), tuple(refusals)


def _lookup(finding: Finding, target: Target, joins: bool) -> Lookup:
    path = finding.lookup
    if joins and finding.joinable and _can_join(finding, target):
        return Lookup("select_related", path)
    return Lookup("prefetch_related", path)


def _can_join(finding: Finding, target: Target) -> bool:
    """Whether the target can say a join of this path, and would be heard."""
    if any(finding.lookup.startswith(f"{one}__") for one in target.stated.prefetched):
        return False
    if not target.forward_joins_only:
        return target.joins
    return target.joins and all(step.kind in FORWARD for step in finding.path)


def _plans_matter(findings: Iterable[Finding], target: Target) -> bool:
    """Whether a join might change which rows come, in which order, or which are locked."""
    querysets = [finding.queryset for finding in findings]
    if any(queryset.get("for_update") for queryset in querysets):
        return True
    if target.one_row or all(queryset.get("get") for queryset in querysets):
        return False
    return not all(_is_stable(queryset) for queryset in querysets)


def _is_stable(queryset: Mapping[str, Any]) -> bool:
    if queryset.get("total_order"):
        return True
    return bool(queryset.get("ordered")) and queryset.get("sliced") is False


def _joins_are_set(here: Stated, recorded: Iterable[Stated]) -> bool:
    """A name after a bare `select_related()` narrows it; after `(None)` a join is unwanted."""
    return here.joins_all or here.joins_none or any(stated.joins_all for stated in recorded)


def merge(lookups: Iterable[Lookup]) -> tuple[Lookup, ...]:
    """Each lookup once, without those that a longer one of the same method implies; what one path
    is loaded by together."""
    unique: dict[tuple[str, str], Lookup] = {}
    for one in lookups:
        key = (one.method, one.path)
        unique[key] = _both(unique[key], one) if key in unique else one
    longest = []
    for one in unique.values():
        if one.inner or not any(
            other.method == one.method and other.path.startswith(f"{one.path}__")
            for other in unique.values()
        ):
            longest.append(one)
    return tuple(longest)


def _both(one: Lookup, other: Lookup) -> Lookup:
    inner: dict[str, list[Lookup]] = {}
    for head, lookup in (*one.inner, *other.inner):
        inner.setdefault(head, []).append(lookup)
    merged = tuple((head, lookup) for head, found in inner.items() for lookup in merge(found))
    imports = tuple(dict.fromkeys((*one.imports, *other.imports)))
    return replace(one, wrapper=one.wrapper or other.wrapper, inner=merged, imports=imports)
