"""Positions at which two honest runs of one tree may differ.

A mask is never a licence to ignore a difference: it is looked for only after two runs of the
*old* tree have differed, only at positions with a known structure, and the new tree must still
agree everywhere else. What is masked is named and counted. (Times in headers beside which a number
of seconds is what counts are no part of the answer, and left out of it.)
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_ISO = rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?"
_HTTP = (
    rb"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} "
    rb"\d\d:\d\d:\d\d (?:GMT|UTC|[+-]\d{4})"
)
_CLOCK = rb"\b\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?(?: ?[ap]\.?m\.?)?"
_EPOCH = rb"\b1[6-9]\d{8}(?:\.\d+|\d{3}|\d{6})?\b"

# Each pattern keeps its surroundings in group 1 and 3 and the value that may differ in group 2.
_BODY: tuple[tuple[str, re.Pattern[bytes]], ...] = (
    (
        "csrf token",
        re.compile(
            rb"""((?:csrfmiddlewaretoken|csrf[-_]?token)["']?[^>{}"'\n]{0,40}["'])"""
            rb"""([A-Za-z0-9_-]{32,64})(["'])""",
            re.I,
        ),
    ),
    ("nonce", re.compile(rb"""(\bnonce=["'])([A-Za-z0-9+/=_-]{8,128})(["'])""", re.I)),
    ("date", re.compile(rb"()(" + _ISO + rb"|" + _HTTP + rb")()")),
    ("time", re.compile(rb"()(" + _EPOCH + rb"|" + _CLOCK + rb")()", re.I)),
)

_TIME = re.compile(rf"\s*(?:{_ISO.decode()}|{_HTTP.decode()})\s*")
_COOKIE = re.compile(r"^([^=;]+=)([^;]*)(.*)$", re.S)
_EXPIRES = re.compile(r"(;\s*expires\s*=)([^;]*)", re.I)
_MAX_AGE = re.compile(r"(?:^|,)\s*max-age=(\"?)\d+\1\s*(?:,|$)", re.I)
_MAX_AGE_OF_COOKIE = re.compile(r";\s*max-age\s*=\s*-?\d+\s*(?:;|$)", re.I)

_DATE_HEADERS = frozenset({"date", "expires", "last-modified"})
_BODY_HEADERS = frozenset({"content-length", "etag"})
"""What the body alone decides, which is compared itself."""
_TIMING_HEADERS = frozenset({"server-timing", "x-request-id", "x-response-time", "x-runtime"})


def mask_body(body: bytes, names: Iterable[str]) -> tuple[bytes, dict[str, int], int]:
    """Blank the named positions; return the body, how many of each, and the bytes they held."""
    wanted = set(names)
    counts: dict[str, int] = {}
    masked = 0

    for name, pattern in _BODY:
        if name not in wanted:
            continue

        def blank(match: re.Match[bytes], name: str = name) -> bytes:
            nonlocal masked
            counts[name] = counts.get(name, 0) + 1
            masked += len(match[2])
            return match[1] + b"\0" + name.encode() + b"\0" + match[3]

        body = pattern.sub(blank, body)
    return body, counts, masked


BODY_MASKS: tuple[str, ...] = tuple(name for name, _ in _BODY)


def as_read(headers: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """Headers without the times that no client heeds, since seconds are said beside them:
    ``Expires`` where there is a ``max-age`` (RFC 9111, section 5.3), and that of a cookie which has
    one (RFC 6265, section 4.1.2.2)."""
    directives = (value for name, value in headers if name.lower() == "cache-control")
    aged = any(map(_MAX_AGE.search, directives))
    return tuple((name, _as_read(name.lower(), value, aged)) for name, value in headers)


def _as_read(name: str, value: str, aged: bool) -> str:
    if name == "expires" and aged:
        return ""
    parts = _COOKIE.match(value) if name == "set-cookie" else None
    if parts and _MAX_AGE_OF_COOKIE.search(parts[3]):
        return parts[1] + parts[2] + _EXPIRES.sub(r"\1", parts[3])
    return value


def follows_body(name: str) -> bool:
    """Whether a header says nothing that the body does not."""
    return name.lower() in _BODY_HEADERS


def mask_header(name: str, value: str) -> tuple[str, str] | None:
    """Blank what may differ in one header; ``None`` when nothing in it has that structure."""
    lower = name.lower()
    if lower in _DATE_HEADERS or _TIME.fullmatch(value):
        return "", f"header {name}: date"
    if lower in _TIMING_HEADERS or follows_body(lower):
        return "", f"header {name}"
    if lower == "set-cookie":
        parts = _COOKIE.match(value)
        if parts:
            attributes = _EXPIRES.sub(r"\1", parts[3])
            return f"{parts[1]}{attributes}", f"cookie value {parts[1][:-1].strip()}"
    return None
