"""Fixes and their proof as the page shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_SHOWN = ("kind", "place", "summary", "codes", "outcome", "reason", "diff")
_REFUSAL = ("code", "place", "lookup", "reason")


def fixes_data(told: Mapping[str, Any]) -> dict[str, Any]:
    """What the page needs of ``hotclub.fix/1``, the form of ``hotclub fix --json``."""
    return {
        "fixes": [{name: fix[name] for name in _SHOWN} for fix in told["fixes"]],
        "refusals": [{name: one[name] for name in _REFUSAL} for one in told["refusals"]],
        "pages": [_page(page) for page in told["pages"]],
    }


def _page(page: Mapping[str, Any]) -> dict[str, Any]:
    timing = page["timing"]
    return {
        "label": page["label"],
        "queries": [page["queries_before"], page["queries_after"]],
        "ms": [round(timing["before"], 3), round(timing["after"], 3)] if timing else None,
        "outcome": page["verdict"]["outcome"],
        "reason": page["verdict"]["reason"],
    }
