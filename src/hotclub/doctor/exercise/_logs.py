"""What was asked for, read off an access log: combined format, or hotclub's JSON lines.

Combined is what nginx and Apache write by default and gunicorn with ``--access-logfile``; what
stands before the date or after the status may differ. Only GET answered 2xx or 3xx counts.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from hotclub.doctor.diagnosis import Progress
from hotclub.errors import HotclubError

_LINE = re.compile(rb'"(?P<method>[A-Z]+) (?P<target>\S+)(?: HTTP/[\d.]+)?" (?P<status>\d{3})\b')
_MOST_DIFFERENT = 200_000
_BETWEEN = 20_000
_SHOWN = 80

Key = tuple[str, str, "str | None"]
"""Path, query, and who asked: ``user``, ``staff``, or nobody that is known."""


@dataclass
class Asked:
    """How often what was asked for, and what could not be used."""

    counts: Counter[Key] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)


def read_log(file: Path, progress: Progress) -> Asked:
    """Count the requests of a log; a name that ends in ``.gz`` is unpacked.

    Raises:
        HotclubError: it cannot be read, or holds no line of a form that is known.
    """
    asked = Asked()
    unknown = lines = more = 0
    first = b""
    for line in _lines(file, progress):
        lines += 1
        entry = _entry(line)
        if entry is None:
            unknown += 1
            first = first or line
            continue
        method, target, status = entry
        if method != "GET" or not 200 <= status < 400 or not target.startswith("/"):
            continue
        path, _, query = target.partition("?")
        key = (path, query, None)
        if key in asked.counts or len(asked.counts) < _MOST_DIFFERENT:
            asked.counts[key] += 1
        else:
            more += 1
    if lines == unknown:
        raise HotclubError(_nothing(file, lines, first))
    if unknown:
        asked.notes.append(f"{file.name}: {unknown} of {lines} lines were not understood")
    if more:
        asked.notes.append(
            f"{file.name}: only the first {_MOST_DIFFERENT} different URLs were counted"
        )
    return asked


def _nothing(file: Path, lines: int, first: bytes) -> str:
    if not lines:
        return f"{file} is empty; expected an access log, or a recording of hotclub's"
    shown = first.decode(errors="replace").strip()[:_SHOWN]
    return (
        f"{file}: none of its {lines} lines is an access log's; expected the combined format "
        f'(… "GET /path HTTP/1.1" 200 …) or the JSON of «hotclub serve --log-json», not «{shown}»'
    )


def _entry(line: bytes) -> tuple[str, str, int] | None:
    if line.lstrip().startswith(b"{"):
        return _of_json(line)
    found = _LINE.search(line)
    if found is None:
        return None
    target = found["target"].decode("utf-8", "replace")
    return found["method"].decode(), target, int(found["status"])


def _of_json(line: bytes) -> tuple[str, str, int] | None:
    try:
        entry = json.loads(line)
        return str(entry["method"]), str(entry["target"]), int(entry["status"])
    except (ValueError, KeyError, TypeError):
        return None


def _lines(file: Path, progress: Progress) -> Iterator[bytes]:
    try:
        with open(file, "rb") as raw:
            size = os.fstat(raw.fileno()).st_size
            text: IO[bytes] = raw
            if file.suffix == ".gz":
                text = io.BufferedReader(gzip.GzipFile(fileobj=raw))
            for number, line in enumerate(text):
                if number % _BETWEEN == 0:
                    progress(f"reading {file.name}", min(raw.tell(), size), size)
                if line.strip():
                    yield line
    except (OSError, EOFError) as error:
        why = getattr(error, "strerror", None) or error
        raise HotclubError(f"{file} cannot be read: {why}") from None
