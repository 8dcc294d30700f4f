"""What was asked for, read off a recording: one of production, or the doctor's own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from hotclub.doctor._sampled import share_of
from hotclub.doctor._seen import is_warming, label_of
from hotclub.doctor.crawl import Target
from hotclub.doctor.exercise._logs import Asked
from hotclub.recording import Recording, Request, is_safe

_REDACTED = re.compile(r"\[redacted\]|%5Bredacted%5D", re.IGNORECASE)
_NAMED = re.compile(r"^(\S+ \S+)(?: \[(.+)\])?(?: \(([^()\s]+)\))?$")
_SENT = ("content-type", "accept", "x-requested-with")


def is_recording(file: Path) -> bool:
    """Whether a file is a database of SQLite's, which no log is."""
    try:
        with open(file, "rb") as opened:
            return opened.read(16) == b"SQLite format 3\0"
    except OSError:
        return False


def read_recording(file: Path) -> tuple[Asked, list[Target]]:
    """What was read, counted; and what the doctor's script wrote, in its order.

    Writes of production are not made again: of what they sent secrets are left out.

    Raises:
        HotclubError: it cannot be read as a recording.
    """
    asked, writes = Asked(), []
    redacted = 0
    with Recording.open(file) as recording:
        asked.notes += [f"{file.name}: {share}" for share in share_of(recording)]
        for request in recording.requests():
            if request.by_test:
                continue
            if request.label and not is_safe(request.method):
                if request.depth == "deep" and not is_warming(request):
                    writes.append(_write(request))
                continue
            if request.method != "GET" or not 200 <= (request.status or 0) < 400:
                continue
            if _REDACTED.search(request.target):
                redacted += 1
                continue
            asked.counts[request.path, request.query, _user(request)] += 1
    if redacted:
        asked.notes.append(
            f"{file.name}: {redacted} requests with a secret in their URL cannot be made again"
        )
    return asked, writes


def _user(request: Request) -> str | None:
    kind = (request.user or "").partition(":")[0]
    named = _parts(request).get("user")
    return named or kind or None


def _write(request: Request) -> Target:
    parts = _parts(request)
    headers = [(name, value) for name, value in request.request_headers if name.lower() in _SENT]
    return Target(
        path=request.path,
        query=request.query,
        user=parts.get("user"),
        route="",
        method=request.method,
        headers=tuple(headers),
        body=request.request_body or b"",
        name=parts.get("name") or "",
        expected=request.status or 0,
    )


def _parts(request: Request) -> Mapping[str, str | None]:
    """Name and user in the label that the doctor gave a request."""
    found = _NAMED.match(label_of(request)) if request.label else None
    return {"name": found[2], "user": found[3]} if found else {}
