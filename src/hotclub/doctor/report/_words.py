"""How findings are put into words."""

from __future__ import annotations

from hotclub.doctor.finding import Finding, Place

_KINDS = {
    "forward_key": "foreign key",
    "forward_one_to_one": "one-to-one",
    "reverse_one_to_one": "one-to-one",
    "reverse_key": "reverse foreign key",
    "many_to_many": "many-to-many",
    "generic_key": "generic key",
    "generic_relation": "generic relation",
}


def what(finding: Finding) -> str:
    """``category loaded for each of 50 shop.Product``."""
    evidence = finding.evidence
    if not finding.path:
        return f"{finding.model or 'query'} asked {evidence.loads} times"
    verb = {"count": "counted", "exists": "tested", "aggregate": "aggregated"}.get(
        finding.shape, "filtered and loaded" if finding.shape == "filtered" else "loaded"
    )
    return f"{finding.lookup} {verb} {evidence.loads} times"


def story(finding: Finding) -> str:
    """One or two sentences on what happens."""
    evidence = finding.evidence
    if not finding.path:
        return (
            f"{finding.title}: {evidence.loads} times in one request, "
            f"{plural(evidence.queries, 'query', 'queries')} more than needed."
        )
    last = finding.path[-1]
    kind = _KINDS.get(last.kind, last.kind)
    owners = f"{evidence.members} instances"
    if finding.model and len(finding.path) == 1:
        owners = f"{evidence.members} instances of {finding.model}"
    return (
        f"{last.relation} ({kind}) was loaded one by one for {owners}: "
        f"{plural(evidence.queries, 'query', 'queries')} in one request."
    )


def remedy(finding: Finding) -> str:
    """The call that would load the relation at once; empty when there is none to write."""
    if finding.reason or finding.stale or not finding.path or not finding.expression:
        return ""
    method = "select_related" if joins(finding) else "prefetch_related"
    return f'.{method}("{finding.lookup}")'


def joins(finding: Finding) -> bool:
    """Whether a join can load the path without changing which rows a slice returns."""
    facts = finding.queryset
    settled = not facts.get("sliced") or bool(facts.get("total_order"))
    return finding.joinable and settled and not facts.get("combinator")


def where(places: tuple[Place, ...]) -> str:
    """The innermost place, for a table."""
    return str(places[0]) if places else ""


def milliseconds(value: float) -> str:
    """``0.42``, ``8.1``, ``130``: three figures are more than a measurement knows."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 1 else f"{value:.2f}"


def number(value: float) -> str:
    """A count that a median may have halved."""
    return f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"


def plural(count: int, one: str, many: str) -> str:
    """``1 query``, ``2 queries``."""
    return f"{count:,} {one if count == 1 else many}"
