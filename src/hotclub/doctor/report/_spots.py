"""Findings by the expression that one edit would change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hotclub.doctor.finding import Finding, Place


@dataclass(frozen=True)
class Spot:
    """One expression, or one finding whose expression is unknown; findings most costly first."""

    findings: tuple[Finding, ...]

    @property
    def place(self) -> Place | None:
        """The expression's innermost place."""
        return self.findings[0].place

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes found here, in order."""
        return tuple(sorted({finding.code for finding in self.findings}))

    @property
    def cost_ms(self) -> float:
        """Of all findings, in one request."""
        return sum(finding.cost_ms for finding in self.findings)

    @property
    def measured(self) -> bool:
        """Whether any of the cost is known."""
        return any(finding.measured for finding in self.findings)

    @property
    def answerable(self) -> tuple[Finding, ...]:
        """Those that an edit here would answer."""
        return tuple(f for f in self.findings if f.path and not (f.reason or f.advice or f.stale))


def spots(findings: Iterable[Finding]) -> list[Spot]:
    """Most costly first."""
    groups: dict[object, list[Finding]] = {}
    for number, finding in enumerate(findings):
        place = finding.place
        key = (place.path, place.line, place.column) if place and finding.path else number
        groups.setdefault(key, []).append(finding)
    found = [Spot(tuple(group)) for group in groups.values()]
    return sorted(found, key=lambda spot: -spot.cost_ms)
