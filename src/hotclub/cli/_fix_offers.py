"""Edits that are only offered: which of them were asked for, and how the others are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.text import Text

from hotclub.cli._fix_report import show_diff
from hotclub.errors import HotclubError
from hotclub.fix import Fix, Plan, Refusal, diff, fitting, render

ALL = "all"


@dataclass(frozen=True)
class Choice:
    """What is to be proved and written, what is only offered, and what is not edited."""

    fixes: tuple[Fix, ...]
    left: tuple[Fix, ...]
    refusals: tuple[Refusal, ...]

    @classmethod
    def of(cls, plan: Plan, wanted: Sequence[str], tree: Path) -> Choice:
        """A plan's fixes but for the offers that nobody asked for.

        Raises:
            HotclubError: something was asked for that is not offered.
        """
        offers = plan.offered
        for one in wanted:
            if not any(_is_meant(fix, one) for fix in offers):
                known = sorted({name for fix in offers for name in names(fix)})
                choices = f"what is offered here: {', '.join(known)}" if known else "nothing is"
                raise HotclubError(f"--offered {one}: no such edit is offered; {choices}")
        asked = [fix for fix in offers if any(_is_meant(fix, one) for one in wanted)]
        left = tuple(fix for fix in offers if fix not in asked)
        if not asked:
            return cls(plan.unasked, left, plan.refusals)
        fixes, clashing = fitting([*plan.unasked, *asked], tree)
        return cls(fixes, left, (*plan.refusals, *clashing))


def names(fix: Fix) -> list[str]:
    """What an offer can be asked for by: codes of findings, and where it is."""
    codes = sorted({finding.code for finding in fix.findings})
    return [*codes, str(fix.place)]


def _is_meant(fix: Fix, wanted: str) -> bool:
    return wanted == ALL or wanted in names(fix)


def show_offers(offers: Sequence[Fix], tree: Path, console: Console) -> None:
    """Each offer with its diff, and how to have it."""
    if not offers:
        return
    number = f"{len(offers)} edit{'s' * (len(offers) != 1)}"
    console.print(Text(f"\nOffered, not written: {number}", style="bold"))
    for fix in offers:
        console.print(Text(f"\n{fix.summary}", style="cyan"), soft_wrap=True)
        show_diff(diff(render([fix], tree), tree), console)
    console.print(
        f"\n«hotclub fix --offered {names(offers[0])[-1]}» writes one (by its place, or all of a "
        "code), after the proof.",
        markup=False,
        soft_wrap=True,
    )
