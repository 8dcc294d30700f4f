"""What was said of findings by somebody who read the code: ``judged.toml`` beside this file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import tomllib

from hotclub.doctor import Finding

FILE = Path(__file__).with_name("judged.toml")
Key = tuple[str, str, str, str, str]
"""Code, project, path, qualified name and lookup."""


@dataclass(frozen=True)
class Judgement:
    """Whether a finding is right, and why."""

    right: bool
    why: str


def key_of(finding: Finding, project: str) -> Key:
    """What a judgement names a finding by; line numbers are left out, they move.

    What is not about a relation is named by what ran it, and by the model.
    """
    made = finding.place if finding.path else None
    place = made or next(iter(finding.trigger), None)
    path, name = (place.path, place.qualname or place.attribute or "") if place else ("", "")
    what = finding.lookup or finding.model
    return (finding.code, project, path.rpartition("site-packages/")[2], name, what)


def judgements() -> dict[Key, Judgement]:
    """All there are."""
    found = {}
    for one in tomllib.loads(FILE.read_text()).get("finding", ()):
        key = (one["code"], one["project"], one["path"], one["qualname"], one["lookup"])
        found[key] = Judgement(one["verdict"] == "right", one["why"])
    return found
