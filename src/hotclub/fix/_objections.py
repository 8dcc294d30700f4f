"""What a recorded queryset's facts say against loading a path eagerly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hotclub.doctor.finding import SINGLE_VALUED, Finding
from hotclub.fix import _methods as methods
from hotclub.fix._stated import Stated, of_facts
from hotclub.fix.model import Lookup, Refused

FORWARD = frozenset({"forward_key", "forward_one_to_one"})


def check_finding(finding: Finding) -> None:
    """Raise Refused when no eager loading can answer a finding, wherever it would stand."""
    if finding.reason:
        raise Refused(finding.reason)
    if finding.stale:
        raise Refused(f"{finding.place} has changed since it was recorded; record it again")
    if finding.advice:
        raise Refused(finding.advice)
    if not finding.path:
        raise Refused("exact duplicates: keep the first answer in a variable, by hand")
    if finding.shape != "all":
        raise Refused(
            f"the loads are {finding.shape}, and eager loading only answers .all(); "
            "rewrite what triggers them by hand"
        )
    for step in finding.path[:-1]:
        if step.kind == "generic_key":
            raise Refused(
                f"the path goes on behind the generic key {step.relation}, whose rows may be of "
                "several models; add a GenericPrefetch by hand"
            )
    _check_queryset(finding.queryset)


def _check_queryset(queryset: Mapping[str, Any]) -> None:
    if queryset.get("raw"):
        raise Refused(methods.refusal("raw"))
    if queryset.get("combinator"):
        raise Refused(methods.refusal(str(queryset["combinator"])))


def check_lookup(finding: Finding, lookup: Lookup, here: Stated, django: tuple[int, int]) -> None:
    """Raise Refused when this lookup would fail, do nothing, or change what is returned."""
    queryset = finding.queryset
    _check_stated(lookup, finding, here)
    _check_deferred(finding)
    if _iterates(queryset) and lookup.method == "prefetch_related":
        effect = "raises ValueError" if django >= (5, 0) else "prefetches nothing"
        raise Refused(
            f"the queryset is read by .iterator() without a chunk size, where Django {effect}; "
            "pass chunk_size= and run hotclub again"
        )
    if queryset.get("for_update") and finding.path[0].kind in FORWARD:
        nullable = queryset.get("nullable_path") or {}
        if nullable.get(finding.lookup, nullable.get(finding.path[0].relation)) is not False:
            raise Refused(
                f"select_for_update() over {finding.path[0].relation}, which may be null: an "
                "outer join cannot be locked (PostgreSQL); lock with of=('self',) and load by hand"
            )


def _check_stated(lookup: Lookup, finding: Finding, here: Stated) -> None:
    recorded = of_facts(finding.queryset)
    stated = here | recorded
    prefixes = {lookup.path[: -len(rest)] for rest in _tails(lookup.path)}
    for to_attr, of in stated.to_attrs.items():
        if of in prefixes or any(step.relation == to_attr for step in finding.path):
            raise Refused(
                f"the path leads through Prefetch(…, to_attr={to_attr!r}); "
                "add the lookup to that Prefetch's own queryset by hand"
            )
    if prefixes & (recorded.custom - here.custom):
        raise Refused(
            f"a Prefetch with its own queryset, elsewhere, fetches part of {lookup.path}; "
            "add the lookup to that queryset by hand"
        )
    if stated.covers(lookup.path):
        raise Refused(
            f"the queryset already asks for {lookup.path}; something else makes the rows load "
            "again (a new instance, a filter, or a later select_related(None))"
        )


def _tails(path: str) -> list[str]:
    """`a__b__c` → `__b__c`, `__c`."""
    parts = path.split("__")
    return ["__" + "__".join(parts[number:]) for number in range(1, len(parts))]


def _check_deferred(finding: Finding) -> None:
    """A join over a deferred key raises FieldError, a prefetch loads each key singly."""
    only = finding.queryset.get("only")
    defer = set(finding.queryset.get("defer") or ())
    prefix = ""
    for step in finding.path:
        path = prefix + step.relation
        if step.kind not in SINGLE_VALUED:
            return
        if step.kind in FORWARD:
            missing = only is not None and not _reads(set(only), prefix, path)
            if missing or {path, f"{path}_id"} & defer:
                raise Refused(
                    f"only() or defer() leaves out the key {path}; add it to only() by hand"
                )
        prefix = f"{path}__"


def _reads(only: set[str], prefix: str, path: str) -> bool:
    named = {name for name in only if name.startswith(prefix)}
    if prefix and not named:
        return True  # nothing of this model is named, so all of it is read
    return any(name in (path, f"{path}_id") or name.startswith(f"{path}__") for name in named)


def _iterates(queryset: Mapping[str, Any]) -> bool:
    chunk = queryset.get("iterator")
    return chunk is not None and not chunk
