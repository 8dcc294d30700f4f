"""That a recording rests on a sample: of a database, which is kept in it, or of the requests."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from hotclub.recording import Recording, write_meta

_KEY = "sampled"


def note_samples(recording: Path, samples: Sequence[str]) -> None:
    """Keep it in the file."""
    if samples:
        write_meta(recording, _KEY, json.dumps(list(samples)))


def samples_of(recording: Recording) -> list[str]:
    """What is kept there."""
    return list(json.loads(recording.meta.get(_KEY, "[]")))


def share_of(recording: Recording) -> list[str]:
    """A sentence on requests that were left out, where some were."""
    rate = recording.sample_rate
    if rate == 1:
        return []
    return [f"{rate * 100:g} % of the requests were recorded, drawn by chance (--sample-rate)"]
