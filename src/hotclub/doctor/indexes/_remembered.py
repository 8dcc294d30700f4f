"""What came of looking for indexes, kept in the recording that it was read from.

Trying indexes takes long, and `hotclub fix` often follows the doctor by a minute. What was found is
found again as long as models and indexes are the same ones.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from hotclub.doctor.finding import Finding
from hotclub.doctor.indexes._decoded import decoded
from hotclub.recording import Recording, write_meta
from hotclub.workspace import Child

KEY = "indexes"


def basis_of(child: Child, aliases: Iterable[str]) -> str:
    """A digest of the project's models, and of the indexes that its databases have."""
    models = child.call("models")
    facts = [*_without("path", models["models"]), {"names": models["names"]}]
    for alias in sorted(aliases):
        tables = sorted({one["table"] for one in models["models"] if one["alias"] == alias})
        indexes = child.call("catalogue", alias=alias, names=tables)["indexes"]
        facts += sorted(_without("bytes", indexes), key=repr)
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _without(key: str, facts: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """What is not the same from one copy to the next is left out."""
    return ({name: value for name, value in one.items() if name != key} for one in facts)


def remember(recording: Path, basis: str, findings: Iterable[Finding], notes: list[str]) -> None:
    """Keep it in the file."""
    kept = {"basis": basis, "notes": notes, "findings": [one.as_json() for one in findings]}
    write_meta(recording, KEY, json.dumps(kept))


def recall(recording: Recording, basis: str = "") -> tuple[list[Finding], list[str]] | None:
    """Findings and notes, if any; of the same models and indexes, where those are known."""
    kept = json.loads(recording.meta.get(KEY, "{}"))
    if not kept or basis not in ("", kept["basis"]):
        return None
    return [decoded(Finding, one) for one in kept["findings"]], kept["notes"]
