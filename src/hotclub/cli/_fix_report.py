"""What was written, what it brought, and what was not written, for people. Needs Rich."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from hotclub.doctor.diagnosis import on_a_sample
from hotclub.doctor.finding import Finding
from hotclub.doctor.report import sentence, short, times
from hotclub.fix.model import KINDS, Plan, Refusal
from hotclub.proof import PageProof, Proof

_COLOURS = {"+++": "bold", "---": "bold", "@@ ": "cyan", "+": "green", "-": "red"}
_PLACES_SHOWN = 4


def show_diff(text: str, console: Console) -> None:
    """A unified diff, coloured on terminals; as it is anywhere else, so that it can be applied."""
    console.print()
    for line in text.split("\n")[:-1]:
        style = next((style for start, style in _COLOURS.items() if line.startswith(start)), "")
        console.print(Text(line.rstrip("\r"), style=style), soft_wrap=True)


def show_proof(proof: Proof, console: Console, sampled: Sequence[str] = ()) -> None:
    """Each page that became better, what the others did, and the fixes that lost; and which
    databases were ``sampled``."""
    for what in sampled:
        console.print(Text(f"\n{sentence(on_a_sample(what))}", style="yellow"))
    if proof.proved:
        console.print(
            f"\nProved on {day(proof)}, nothing changed since; the milliseconds are of that day. "
            "--no-cache proves anew."
        )
    where = " on a sample" if sampled else ""
    better = [page for page in proof.pages if page.better and page.verdict.outcome == "equal"]
    if proof.kept and better:
        console.print()
        console.print(_pages(better, where))
    for line in _others(proof, better, where):
        console.print(line, markup=False)
    for index in proof.judged:
        console.print(Text(f"\nKept: {index.fix.summary}", style="green"))
        console.print(f"  {index.reason}", markup=False)
    for one in proof.reservations:
        console.print(Text(f"\nKept, but: {one.fix.summary}", style="yellow"))
        console.print(f"  {one.reason}", markup=False)
    for rejection in proof.rejected:
        console.print(Text(f"\nUndone: {rejection.fix.summary}", style="yellow"))
        console.print(f"  {rejection.reason}", markup=False)


def day(proof: Proof) -> str:
    """The day on which a proof of an earlier run was made."""
    return proof.proved.partition("T")[0]


def _pages(pages: Iterable[PageProof], where: str) -> Table:
    grid = Table(box=None, pad_edge=False, header_style="bold")
    grid.add_column("page", overflow="fold")
    grid.add_column("queries", justify="right", no_wrap=True)
    grid.add_column("ms", justify="right", no_wrap=True)
    grid.add_column("response", no_wrap=True)
    for page in sorted(pages, key=lambda page: page.queries_after - page.queries_before):
        timing = page.timing
        grid.add_row(
            Text(page.label),
            f"{page.queries_before} → {page.queries_after}",
            f"{timing.before:.1f} → {timing.after:.1f}" if timing else "",
            Text(f"the same{where}", style="green"),
        )
    return grid


def _others(proof: Proof, better: Sequence[PageProof], where: str) -> list[str]:
    same = [page for page in proof.pages if page.verdict.outcome == "equal"]
    unproved = [page for page in proof.pages if page.verdict.outcome == "unproved"]
    lines = []
    if proof.kept and len(same) > len(better):
        lines.append(
            f"{_count(len(same) - len(better), 'other page')} replayed: the same response{where}."
        )
    if unproved:
        reasons = sorted({page.verdict.reason for page in unproved})
        lines.append(f"{_count(len(unproved), 'page')} could not be judged: {'; '.join(reasons)}.")
    if proof.masks:
        masks = ", ".join(f"{name} ({count})" for name, count in sorted(proof.masks.items()))
        lines.append(f"Not compared, because two runs of the old code differ there: {masks}.")
    return lines


def show_refusals(refusals: Sequence[Refusal], console: Console) -> None:
    """What is left to the developer, the same reason once."""
    by_reason: dict[str, list[str]] = {}
    for refusal in refusals:
        by_reason.setdefault(refusal.reason, []).append(_where(refusal.finding))
    if by_reason:
        console.print(Text(f"\n{_count(len(refusals), 'finding')} not edited:", style="bold"))
    for reason, places in by_reason.items():
        console.print(Text(f"  {reason}", style="yellow"))
        for where in places[:_PLACES_SHOWN]:
            console.print(f"    {where}", markup=False)
        if len(places) > _PLACES_SHOWN:
            console.print(f"    and {len(places) - _PLACES_SHOWN} more", markup=False)


def _where(finding: Finding) -> str:
    """The expression, or what loaded where it is unknown, and what was loaded."""
    what = finding.lookup or f"{finding.model or 'a query'}, {times(finding.evidence.loads)}"
    if finding.place is None and finding.trigger:
        return f"expression unknown, loaded at {short(finding.trigger[0])}: {what}"
    return f"{finding.place or 'expression unknown'}: {what}"


def show_plan(plan: Plan, console: Console) -> None:
    """Each planned edit on a line, by kind."""
    for kind, words in KINDS.items():
        fixes = [fix for fix in plan.fixes if fix.kind == kind]
        if fixes:
            console.print(Text(f"{words[0].upper()}{words[1:]}:", style="bold"))
        for fix in fixes:
            console.print(f"  {fix.summary}", markup=False, soft_wrap=True)


def show_stat(text: str, console: Console) -> None:
    """How many lines a diff adds and takes away, by file."""
    counts: dict[str, list[int]] = {}
    lines: list[int] = [0, 0]
    for line in text.split("\n"):
        if line.startswith("+++ b/"):
            lines = counts.setdefault(line[6:].rstrip("\t"), [0, 0])
        elif line.startswith(("+", "-")) and not line.startswith("--- a/"):
            lines[line[0] == "-"] += 1
    width = max(map(len, counts), default=0)
    most = max(map(sum, counts.values()), default=0)
    share = min(1.0, max(console.width - width - 10, 1) / max(most, 1))
    for path, (added, removed) in counts.items():
        marks = Text(f" {path:{width}} | {added + removed:3} ")
        marks.append("+" * _marks(added, share), style="green")
        marks.append("-" * _marks(removed, share), style="red")
        console.print(marks)
    total = [sum(pair[side] for pair in counts.values()) for side in (0, 1)]
    console.print(f" {_count(len(counts), 'file')} changed, +{total[0]} -{total[1]}")


def _marks(lines: int, share: float) -> int:
    """As many as have room, and one at least where there is anything."""
    return max(int(lines * share), 1) if lines else 0


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
