"""What was seen in a request, as a header and as a piece of HTML.

The panel is ``<details>`` and a style sheet: no script, and nothing from elsewhere. Without its
style, where a policy forbids it, it is a list at the end of the page.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

from hotclub.doctor import Finding
from hotclub.testing import describe

_STYLE = (Path(__file__).parent / "panel.css").read_text("utf-8")
_HTML = ("text/html", "application/xhtml+xml")
_END = b"</body>"
_LISTED = 20
_SQL = 500


class Seen(NamedTuple):
    """One request: how many queries it made, and what they show."""

    queries: int
    findings: tuple[Finding, ...]


def summary(seen: Seen) -> str:
    """For a header: ``1; queries=51; HC101=books/views.py:12``."""
    places = (f"{one.code}={_place(one)}" for one in seen.findings[:_LISTED])
    return "; ".join([str(len(seen.findings)), f"queries={seen.queries}", *places])


def panel(seen: Seen, nonce: str) -> str:
    """For a page: a line that opens to the findings."""
    attribute = f' nonce="{escape(nonce)}"' if nonce else ""
    found = _count(len(seen.findings), "finding", "findings")
    asked = _count(seen.queries, "query", "queries")
    return (
        f'<aside id="hotclub-findings"><style{attribute}>{_STYLE}</style><details>'
        f"<summary>hotclub: {found}, {asked}</summary>"
        f"<ul>{''.join(_items(seen))}</ul></details></aside>"
    )


def _items(seen: Seen) -> Iterator[str]:
    for finding in seen.findings[:_LISTED]:
        sql, advice = finding.evidence.sql[:_SQL], finding.advice
        yield f"<li>{escape(describe(finding))}"
        yield f"<p>{escape(advice)}</p>" if advice else ""
        yield f"<pre>{escape(sql)}</pre></li>" if sql else "</li>"
    left = len(seen.findings) - _LISTED
    if left > 0:
        yield f"<li>and {left} more</li>"
    elif not seen.findings:
        yield "<li>Nothing was found in this request.</li>"


def insert(response: Any, text: str) -> None:
    """Put the text at the end of a page's body; what is no page, or is encoded, stays as it is."""
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind not in _HTML or response.headers.get("Content-Encoding"):
        return
    content = response.content
    at = content.lower().rfind(_END)
    if at < 0:
        return
    added = text.encode(response.charset or "utf-8", "xmlcharrefreplace")
    response.content = content[:at] + added + content[at:]
    if "Content-Length" in response.headers:
        response.headers["Content-Length"] = str(len(response.content))


def _place(finding: Finding) -> str:
    return str(finding.place or next(iter(finding.trigger), "?"))


def _count(number: int, one: str, more: str) -> str:
    return f"{number or 'no'} {one if number == 1 else more}"
