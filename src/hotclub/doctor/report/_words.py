"""How findings are put into words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hotclub.doctor.finding import Finding, IndexedStatement, MissingIndex, Place, SpareIndex

_KINDS = {
    "forward_key": "foreign key",
    "forward_one_to_one": "one-to-one",
    "reverse_one_to_one": "one-to-one",
    "reverse_key": "reverse foreign key",
    "many_to_many": "many-to-many",
    "generic_key": "generic key",
    "generic_relation": "generic relation",
}
_VERBS = {
    "count": "counted",
    "exists": "tested",
    "aggregate": "aggregated",
    "filtered": "filtered",
    "unread": "never read",
    "race": "changed without a lock",
    "filtered_count": "filtered and counted",
    "filtered_exists": "filtered and tested",
    "filtered_aggregate": "filtered and aggregated",
}
_NAMED = 2


def relation(finding: Finding) -> str:
    """``category``, ``reviews counted``, ``Coupon asked 5 times``, ``no index on created``: a few
    words for a table."""
    if finding.index is not None:
        return f"no index on {_listed(finding.index)}"
    if finding.spare is not None:
        return f"spare index on {', '.join(finding.spare.columns)}"
    if not finding.path and finding.advice:
        return finding.title
    if not finding.path:
        return f"{finding.model or 'a query'} asked {times(finding.evidence.loads)}"
    verb = _VERBS.get(finding.shape, "")
    return f"{finding.lookup} {verb}".strip()


def what(findings: Sequence[Finding]) -> str:
    """What one expression makes slow: ``category, reviews counted and 3 more``."""
    if len(findings) == 1:
        loads = f" {times(findings[0].evidence.loads)}" if findings[0].path else ""
        return relation(findings[0]) + loads
    shown = ", ".join(relation(finding) for finding in findings[:_NAMED])
    left = len(findings) - _NAMED
    return f"{shown} and {left} more" if left > 0 else shown


def story(finding: Finding) -> str:
    """What happens, in one sentence without its subject."""
    evidence = finding.evidence
    queries = plural(evidence.queries, "query", "queries")
    cost = f", {milliseconds(finding.cost_ms)} ms" if finding.measured else ""
    if finding.index is not None:
        rows = f"{evidence.table_rows or 0:,} rows of {finding.index.table}"
        return f"{rows} {finding.title} on {_listed(finding.index)}: {queries}{cost}"
    if finding.spare is not None:
        return f"{finding.title}: {spared(finding.spare)}"
    if evidence.detail:
        return f"{finding.title}: {evidence.detail}{cost}"
    if not finding.path:
        return f"{finding.title}: {times(evidence.loads)}, {queries} too many{cost}"
    last = finding.path[-1]
    kind = _KINDS.get(last.kind, last.kind)
    verb = _VERBS.get(finding.shape, "loaded")
    owners = plural(evidence.members, "instance", "instances")
    return f"{finding.lookup} ({kind}) {verb} one by one for {owners}: {queries}{cost}"


def _listed(index: MissingIndex) -> str:
    return ", ".join(index.fields or index.columns)


def new_index(index: MissingIndex) -> str:
    """The index as it is written into ``Meta.indexes``."""
    return index.written('"', "models")


def spared(index: SpareIndex) -> str:
    """Which index could go, and why."""
    this = f"{index.name} ({', '.join(index.columns)}; {size(index.bytes)})"
    if index.instead:
        return f"{this} beside {index.instead} ({', '.join(index.instead_columns)})"
    seen = plural(index.statements_seen, "statement", "statements")
    return f"{this}, of {seen} on its table; what was not seen may well use it"


def size(count: int) -> str:
    """``1.6 MB``, ``12 kB``."""
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.0f} kB"


def price(index: MissingIndex) -> str:
    """What an index costs: ``1.6 MB, 2.1 µs for each insert, …``."""
    parts = [size(index.bytes)]
    for value, what in ((index.insert_us, "insert"), (index.update_us, "update of its columns")):
        if value is not None:
            time = f"{value:.1f} µs" if value >= 0.1 else "less than 0.1 µs"
            parts.append(f"{time} more for each {what}")
    return ", ".join(parts)


def work(statement: IndexedStatement) -> str:
    """How much work is left: ``(work 83,335 → 145)``."""
    before, after = statement.work_before or 0.0, statement.work_after or 0.0
    return f"(work {number(before)} → {number(after)})"


def decided(index: MissingIndex) -> str:
    """What the judgement rests on."""
    kinds = dict.fromkeys(statement.decided_by for statement in index.statements)
    return " and ".join(kinds) or "nothing"


def remedy(findings: Sequence[Finding]) -> str:
    """The calls that would load these relations at once."""
    joined = [f.lookup for f in findings if joins(f)]
    fetched = [f.lookup for f in findings if not joins(f)]
    calls = (("select_related", _outermost(joined)), ("prefetch_related", _outermost(fetched)))
    return "".join(
        f".{method}({', '.join(map(_quoted, lookups))})" for method, lookups in calls if lookups
    )


def _outermost(lookups: list[str]) -> list[str]:
    """Without those that a longer one brings along anyway: ``a`` beside ``a__b``."""
    return sorted({one for one in lookups if not any(o.startswith(one + "__") for o in lookups)})


def _quoted(text: str) -> str:
    return f'"{text}"'


def joins(finding: Finding) -> bool:
    """Whether a join can load the path without changing which rows a slice returns."""
    facts = finding.queryset
    settled = not facts.get("sliced") or bool(facts.get("total_order"))
    return finding.joinable and settled and not facts.get("combinator")


def name(place: Place) -> str:
    """A place with the function or the class it is in."""
    if place.kind == "class":
        attribute = f".{place.attribute}" if place.attribute else ""
        return f"{place.qualname}{attribute} ({short(place)})"
    if place.kind == "template" or not place.qualname:
        return short(place)
    return f"{short(place)} in {place.qualname}"


def made_by(finding: Finding) -> str:
    """The managers and helpers that a finding's expression calls, outermost first."""
    inner = finding.expression[1 : 1 + finding.climbed]
    return ", and that by ".join(name(place) for place in reversed(inner))


def short(place: Place) -> str:
    """A place; of an installed package only what is below ``site-packages``."""
    return re.sub(r"^.*/(?:site|dist)-packages/", "…/", str(place))


def milliseconds(value: float) -> str:
    """``0.42``, ``8.1``, ``130``: three figures are more than a measurement knows."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 1 else f"{value:.2f}"


def number(value: float) -> str:
    """A count that a median may have halved."""
    return f"{value:,.0f}"


def sentence(text: str) -> str:
    """With a capital and a full stop."""
    return f"{text[:1].upper()}{text[1:]}."


def times(count: int) -> str:
    """``once``, ``20 times``."""
    return "once" if count == 1 else f"{count:,} times"


def plural(count: int, one: str, many: str) -> str:
    """``1 query``, ``2 queries``."""
    return f"{count:,} {one if count == 1 else many}"
