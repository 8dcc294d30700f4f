"""The indexes of a diagnosis weighed together: what all of them bring, and what they cost."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hotclub.doctor.finding import Finding, IndexedStatement


@dataclass(frozen=True)
class Weighed:
    """Sums over all indexes that are missing, and over those that could go.

    Milliseconds are those of one run of each statement that the findings name, measured with all
    the missing indexes in place.
    """

    missing: int
    missing_bytes: int
    insert_us: dict[str, float]
    """Microseconds more for a row of each table, all its new indexes together."""
    statements: int
    before_ms: float
    after_ms: float
    spare: int
    spare_bytes: int


def weighed(findings: Iterable[Finding]) -> Weighed:
    """What the indexes among these findings come to."""
    findings = list(findings)
    missing = [finding.index for finding in findings if finding.index]
    spare = [finding.spare for finding in findings if finding.spare]
    statements: dict[tuple[str, str], IndexedStatement] = {}
    inserts: dict[str, float] = {}
    for index in missing:
        if index.insert_us is not None:
            inserts[index.table] = round(inserts.get(index.table, 0.0) + index.insert_us, 2)
        for statement in index.statements:
            statements[index.database, statement.sql] = statement
    return Weighed(
        missing=len(missing),
        missing_bytes=sum(index.bytes for index in missing),
        insert_us=inserts,
        statements=len(statements),
        before_ms=round(sum(one.before_ms for one in statements.values()), 3),
        after_ms=round(sum(one.after_ms for one in statements.values()), 3),
        spare=len(spare),
        spare_bytes=sum(index.bytes for index in spare),
    )
