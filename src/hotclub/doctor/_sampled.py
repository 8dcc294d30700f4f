"""That a recording was made on a sample of a database, kept in it for who reads it later."""

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
