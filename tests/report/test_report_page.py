"""The page of a real recording: what is in it, that nothing hostile becomes markup, and clicks."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from hotclub.doctor import Diagnosis, examine
from hotclub.doctor.finding import Evidence, Finding, IndexedStatement, MissingIndex
from hotclub.recording import Recording, add_plans
from hotclub.report import page, page_data
from tests.recorder.playing import drive
from tests.report.browser import opened

EVIL = "</script><img src=x onerror=alert(1)><!--\u2028&amp;\"'"
PLAN = ("SCAN library_book", f"SEARCH {EVIL}")
FIXED = {
    "schema": "hotclub.fix/1",
    "fixes": [
        {
            "kind": "automatic", "place": "views.py:4", "path": "views.py", "summary": EVIL,
            "codes": ["HC101"], "lookups": ["author"], "outcome": "proved", "reason": EVIL,
            "diff": f"--- a/views.py\n+++ b/views.py\n@@ -4 +4 @@\n-old\n+new {EVIL}\n",
        }
    ],
    "refusals": [{"code": "HC102", "place": "views.py:9", "lookup": "x", "reason": EVIL}],
    "pages": [
        {
            "label": f"GET /{EVIL}", "user": None, "queries_before": 51, "queries_after": 2,
            "verdict": {"outcome": "equal", "reason": "", "masks": []},
            "timing": {"before": 40.0, "after": 8.0, "low": 0.0, "high": float("inf")},
        },
        {
            "label": "GET /odd/", "user": None, "queries_before": 3, "queries_after": 3,
            "verdict": {"outcome": "unproved", "reason": "it is cut off"}, "timing": None,
        },
    ],
    "masks": {},
}  # fmt: skip


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """That of two requests, with plans, fixes, and findings in which everything is hostile."""
    directory = tmp_path_factory.mktemp("page")
    path = directory / "made.hclb"
    requests = [["GET", "/nested/", ""], ["GET", "/template/", ""]]
    drive(directory / "library.sqlite3", {"path": str(path), "depth": "deep"}, requests)
    with Recording.open(path) as recording:
        queries = [one for each in recording.requests() for one in recording.queries(each)]
    add_plans(path, {(one.statement_id, one.alias): PLAN for one in queries})
    found = (_finding(EVIL), replace(_finding("HC701"), index=_index(queries[0].sql or "")))
    diagnosis: Diagnosis = examine(path, directory)
    diagnosis = replace(diagnosis, findings=(*diagnosis.findings, *found), notes=(EVIL,))
    with Recording.open(path) as recording:
        return page_data(diagnosis, recording, directory, FIXED)


def _finding(code: str) -> Finding:
    evidence = Evidence(2, 2, 2, 2, EVIL, (EVIL,), detail=EVIL)
    return Finding(
        code, EVIL, (), (), (), {}, EVIL, evidence, 1.0, 1.0, 2.0, reason=EVIL, advice=EVIL
    )


def _index(sql: str) -> MissingIndex:
    statement = IndexedStatement(sql, 3, 12.0, 0.5, ("GET /",))
    return MissingIndex(
        "i", "library_book", ("title",), ("title",), "library", "default", (statement,), 9, 1.0, 1.0
    )


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)


def test_data(data: dict[str, Any]) -> None:
    assert len(data["requests"]) == 2
    kinds = {span[2] for request in data["requests"] for span in request["spans"]}
    assert {"view", "query", "template"} <= kinds
    assert data["fixes"]["pages"][0]["ms"] == [40.0, 8.0]
    assert data["findings"][-1]["index"]["statements"][0]["plan"] == list(PLAN)


def test_hostile_names_are_no_markup(data: dict[str, Any]) -> None:
    text = page({**data, "project": EVIL})
    tags = _Tags()
    tags.feed(text)
    assert "img" not in tags.seen
    assert tags.seen.count("script") == 2
    assert "\u2028" not in text.split('id="data">')[1].split("</script>")[0]


def test_clicks(data: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text(page(data), "utf-8")
    with opened(file.as_uri()) as shown:
        tab = shown.tab
        for finding in tab.locator("details.finding > summary").all():
            finding.click()
        expect(tab.locator("details.finding .body")).to_have_count(len(data["findings"]))
        assert tab.locator(".reason").last.text_content() == f"No edit: {EVIL}"
        last = tab.locator("details.finding").last
        assert "12 ms → 0.5 ms, 3 times" in (last.locator(".times").text_content() or "")
        assert last.locator("pre.plan").text_content() == "\n".join(PLAN)
        tab.locator("details.request > summary").first.focus()
        tab.keyboard.press("Enter")
        tab.locator("details.request .row", has_text="query").first.click()
        assert "SELECT" in shown.text("details.request pre.sql")
        assert shown.text("details.request pre.sql").endswith("\n".join(PLAN))
        tab.get_by_role("button", name="Flame").first.click()
        tab.locator(".frame.k-query").first.dispatch_event("click")
        assert "SELECT" in shown.text("details.request pre.sql")
        assert tab.locator("img").count() == 0
        for scheme in ("light", "dark"):
            tab.emulate_media(color_scheme=scheme)
            tab.screenshot(path=tmp_path / f"{scheme}.png", full_page=True)
    assert shown.errors == []
    assert shown.asked == [file.as_uri()]


def test_fixes_and_what_they_brought(data: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "fixed.html"
    file.write_text(page(data), "utf-8")
    with opened(file.as_uri()) as shown:
        tab = shown.tab
        first, second = tab.locator(".pages tr:has(td)").all()
        assert first.locator("td").all_text_contents() == [
            f"GET /{EVIL}", "51 → 2", "40 ms → 8 ms", "the same"
        ]  # fmt: skip
        assert second.locator("td").last.text_content() == "unproved: it is cut off"
        tab.locator("details.fix > summary").click()
        assert tab.locator(".diff .added").text_content() == f"+new {EVIL}"
        assert tab.locator(".diff .removed").text_content() == "-old"
        assert shown.text(".outcome") == "proved"
        assert shown.text(".refusal") == f"HC102 views.py:9: {EVIL}"
    assert shown.errors == []
