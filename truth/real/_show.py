"""A finding with the lines it speaks of, to be judged."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from hotclub.doctor import Finding, Place
from truth.real._judged import Key

_AROUND = 6


def shown(finding: Finding, key: Key, tree: Path) -> str:
    """The finding as Markdown, with a judgement to be filled in."""
    evidence = finding.evidence
    lines = [
        f"## {finding.code} {finding.lookup or finding.shape} at {finding.place}",
        "",
        f"{finding.title}; {evidence.queries} queries for {evidence.members} members, "
        f"{evidence.loads} loads, {evidence.rows} rows; shape {finding.shape}",
        f"requests: {', '.join(evidence.requests[:3])}",
        f"reason: {finding.reason or 'none'}; climbed {finding.climbed}",
        f"    {evidence.sql[:400]}",
    ]
    named = [("expression", place) for place in finding.expression[:3]]
    named += [("trigger", place) for place in finding.trigger[:3]]
    for title, place in named:
        lines.append(f"{title}: {place} {place.qualname} {place.attribute or ''}")
        lines += _excerpt(place, tree)
    names = ("code", "project", "path", "qualname", "lookup")
    lines += ["", "```toml", "[[finding]]"]
    lines += [f'{name} = "{value}"' for name, value in zip(names, key, strict=True)]
    return "\n".join([*lines, 'verdict = "right"', 'why = ""', "```", ""])


def _excerpt(place: Place, tree: Path) -> Iterator[str]:
    path = tree / place.path
    if not path.is_file():
        return
    text = path.read_text(errors="replace").splitlines()
    first = max(0, place.line - 1 - _AROUND)
    for number, line in enumerate(text[first : place.line + _AROUND], first + 1):
        yield f"    {'>' if number == place.line else ' '}{number:5} {line}"
