"""What was planned, proved and written, as JSON: ``hotclub.fix/1``, see ``docs/fix.md``."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from hotclub.cli._fix_offers import Choice
from hotclub.fix import Fix, Refusal, diff, render
from hotclub.proof import PageProof, Proof

SCHEMA = "hotclub.fix/1"


def as_json(
    chosen: Choice, proof: Proof | None, tree: Path, sampled: Sequence[str] = ()
) -> dict[str, Any]:
    """Plain types only; keys are never taken away within one version of the schema."""
    outcomes = {id(fix): ("planned", "") for fix in chosen.fixes}
    outcomes |= {id(fix): ("offered", "") for fix in chosen.left}
    if proof is not None:
        outcomes |= {id(fix): ("proved", "") for fix in proof.kept}
        outcomes |= {id(one.fix): ("proved", one.reason) for one in proof.judged}
        outcomes |= {id(one.fix): ("kept", one.reason) for one in proof.reservations}
        outcomes |= {id(one.fix): ("undone", one.reason) for one in proof.rejected}
    return {
        "schema": SCHEMA,
        "fixes": [_fix(fix, outcomes[id(fix)], tree) for fix in (*chosen.fixes, *chosen.left)],
        "refusals": [_refusal(one) for one in chosen.refusals],
        "pages": [_page(page) for page in proof.pages] if proof is not None else [],
        "masks": dict(proof.masks) if proof is not None else {},
        "sampled": list(sampled),
        "proved": (proof.proved or None) if proof is not None else None,
    }


def _fix(fix: Fix, outcome: tuple[str, str], tree: Path) -> Mapping[str, Any]:
    return {
        "kind": fix.kind,
        "place": str(fix.place),
        "path": fix.path,
        "summary": fix.summary,
        "codes": sorted({finding.code for finding in fix.findings}),
        "lookups": [finding.lookup for finding in fix.findings],
        "outcome": outcome[0],
        "reason": outcome[1],
        "diff": diff(render([fix], tree), tree),
    }


def _page(page: PageProof) -> Mapping[str, Any]:
    """JSON has no infinity, which is where an interval of too few pairs ends."""
    told = asdict(page)
    if page.timing is not None and not math.isfinite(page.timing.high):
        told["timing"]["high"] = None
    return told


def _refusal(refusal: Refusal) -> Mapping[str, Any]:
    finding = refusal.finding
    return {
        "code": finding.code,
        "place": str(finding.place or ""),
        "lookup": finding.lookup,
        "reason": refusal.reason,
    }
