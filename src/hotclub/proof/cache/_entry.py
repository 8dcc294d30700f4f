"""A proof as JSON, and back. Edits stand in it by their names, see :mod:`._asked`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from hotclub.fix.model import Fix
from hotclub.proof._trial import Render
from hotclub.proof.model import (
    Judged,
    Mask,
    PageProof,
    Proof,
    Rejection,
    Reservation,
    Timing,
    Verdict,
)

SCHEMA = "hotclub.proof/1"
Said = TypeVar("Said", Judged, Rejection, Reservation)


def written(proof: Proof, named: Mapping[int, str]) -> dict[str, Any]:
    """The proof in plain types; ``named`` has the edits' names by the identities of fixes."""

    def said(ones: Sequence[Judged | Rejection | Reservation]) -> list[list[str]]:
        return [[named[id(one.fix)], one.reason] for one in ones]

    return {
        "kept": [named[id(fix)] for fix in proof.kept],
        "rejected": said(proof.rejected),
        "reservations": said(proof.reservations),
        "judged": said(proof.judged),
        "pages": [_written(page) for page in proof.pages],
    }


def read(
    told: Mapping[str, Any], proved: str, fixes: Mapping[str, Fix], render: Render, tree: Path
) -> Proof:
    """The proof that an entry tells of, ``fixes`` being the edits by their names.

    Raises:
        ValueError: it is no proof, or not one of exactly these edits.
    """
    try:
        datetime.fromisoformat(proved)
        kept = tuple(fixes[name] for name in told["kept"])
        rejected = _said(Rejection, told["rejected"], fixes)
        if len(kept) + len(rejected) != len(fixes):
            raise ValueError("it is of other edits")
        return Proof(
            kept,
            rejected,
            tuple(_page(page) for page in told["pages"]),
            dict(render(kept, tree)) if kept else {},
            _said(Reservation, told["reservations"], fixes),
            _said(Judged, told["judged"], fixes),
            proved,
        )
    except (KeyError, TypeError, AttributeError, ArithmeticError) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from None


def _said(
    make: Callable[[Fix, str], Said], told: Any, fixes: Mapping[str, Fix]
) -> tuple[Said, ...]:
    return tuple(make(fixes[name], _text(reason)) for name, reason in told)


def _written(page: PageProof) -> dict[str, Any]:
    """JSON has no infinity."""
    told = asdict(page)
    if page.timing is not None and not math.isfinite(page.timing.high):
        told["timing"]["high"] = None
    return told


def _page(told: Mapping[str, Any]) -> PageProof:
    verdict, timing = told["verdict"], told["timing"]
    masks = (
        Mask(_text(one["name"]), int(one["count"]), float(one["share"])) for one in verdict["masks"]
    )
    return PageProof(
        _text(told["label"]),
        None if told["user"] is None else _text(told["user"]),
        Verdict(_text(verdict["outcome"]), _text(verdict["reason"]), tuple(masks)),
        int(told["queries_before"]),
        int(told["queries_after"]),
        None if timing is None else _timing(timing),
    )


def _timing(told: Mapping[str, Any]) -> Timing:
    return Timing(
        before=float(told["before"]),
        after=float(told["after"]),
        ratio=float(told["ratio"]),
        low=float(told["low"]),
        high=math.inf if told["high"] is None else float(told["high"]),
        pairs=int(told["pairs"]),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value
