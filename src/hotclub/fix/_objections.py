"""What a recorded queryset's facts say against loading a path eagerly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hotclub.doctor.finding import SINGLE_VALUED, Finding, Place
from hotclub.fix import _methods as methods
from hotclub.fix._stated import Stated, of_facts
from hotclub.fix.model import Lookup, Refused

FORWARD = frozenset({"forward_key", "forward_one_to_one"})


def check_warm(finding: Finding) -> None:
    """Raise Refused when something keeps what a page loads, so that only the first of many loads
    it."""
    if finding.cold:
        raise Refused(
            "it was gone when the pages were asked for again: a cache has the answer then, and to "
            "load it with the rows would be a query more each time"
        )


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
    check_queryset(finding.queryset)


def own_trigger(finding: Finding, does: str) -> Place:
    """Where the project does what a finding is about.

    Raises:
        Refused: nothing can be written, or code of somebody else's ``does`` it.
    """
    if finding.reason:
        raise Refused(finding.reason)
    if not finding.trigger or not finding.trigger[0].in_project:
        raise Refused(f"installed code {does}; {finding.advice}")
    return finding.trigger[0]


def check_queryset(queryset: Mapping[str, Any]) -> None:
    """Raise Refused where nothing can be added to a queryset of this kind."""
    if queryset.get("raw"):
        raise Refused(methods.refusal("raw"))
    if queryset.get("combinator"):
        raise Refused(methods.refusal(str(queryset["combinator"])))


def check_lookup(finding: Finding, lookup: Lookup, here: Stated, django: tuple[int, int]) -> None:
    """Raise Refused when this lookup would fail, do nothing, or change what is returned."""
    queryset = finding.queryset
    _check_stated(lookup, finding, here)
    _check_deferred(finding, here)
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
        named = any(step.relation == to_attr for step in finding.path)
        if named and here.to_attrs.get(to_attr) == of and lookup.method == "prefetch_related":
            continue  # a lookup may go on from there, once it stands after it
        if of in prefixes or named:
            raise Refused(
                f"the path leads through Prefetch(…, to_attr={to_attr!r}); "
                "add the lookup to that Prefetch's own queryset by hand"
            )
    if prefixes & (recorded.custom - here.custom):
        raise Refused(
            f"a Prefetch with its own queryset, elsewhere, fetches part of {lookup.path}; "
            "add the lookup to that queryset by hand"
        )
    if lookup.inner:
        if stated.covers(lookup.path) and not here.covers(lookup.path):
            raise Refused(
                f"{lookup.path} is fetched elsewhere; add a GenericPrefetch there by hand"
            )
        return
    if stated.covers(lookup.path):
        raise Refused(
            f"the queryset already asks for {lookup.path}; something else makes the rows load "
            "again (a new instance, a filter, or a later select_related(None))"
        )


def _tails(path: str) -> list[str]:
    """`a__b__c` → `__b__c`, `__c`."""
    parts = path.split("__")
    return ["__" + "__".join(parts[number:]) for number in range(1, len(parts))]


def _check_deferred(finding: Finding, here: Stated) -> None:
    """A join over a deferred key raises FieldError, a prefetch loads each key singly."""
    left_out = _left_out(finding)
    addable = here.only and not finding.queryset.get("defer")
    if left_out and not addable:
        raise Refused(
            f"only() or defer() leaves out the key {left_out[0]}; add it to only() by hand"
        )


def missing_keys(finding: Finding, here: Stated) -> list[Lookup]:
    """The keys on the path that an ``only()`` of the expression leaves out."""
    return [Lookup("only", path) for path in _left_out(finding)] if here.only else []


def _left_out(finding: Finding) -> list[str]:
    """The keys on the path that are not read with their rows."""
    only = finding.queryset.get("only")
    defer = set(finding.queryset.get("defer") or ())
    found: list[str] = []
    prefix = ""
    for step in finding.path:
        path = prefix + step.relation
        if step.kind not in SINGLE_VALUED:
            return found
        if step.kind in FORWARD:
            missing = only is not None and not _reads(set(only), prefix, path)
            if missing or {path, f"{path}_id"} & defer:
                found.append(path)
        prefix = f"{path}__"
    return found


def _reads(only: set[str], prefix: str, path: str) -> bool:
    named = {name for name in only if name.startswith(prefix)}
    if prefix and not named:
        return True  # nothing of this model is named, so all of it is read
    return any(name in (path, f"{path}_id") or name.startswith(f"{path}__") for name in named)


def _iterates(queryset: Mapping[str, Any]) -> bool:
    chunk = queryset.get("iterator")
    return chunk is not None and not chunk
