"""The page of a real recording: what is in it, that nothing hostile becomes markup, and clicks."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import sync_playwright

from hotclub.doctor import Diagnosis, examine
from hotclub.doctor.finding import Evidence, Finding
from hotclub.recording import Recording
from hotclub.report import page, page_data
from tests.recorder.playing import drive

EVIL = "</script><img src=x onerror=alert(1)><!--\u2028&amp;\"'"
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
]


def installed() -> str:
    """A Chromium; without one there is nothing to test, but not in continuous integration."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None and "CI" not in os.environ:
        pytest.skip("no Chromium is installed")
    assert found, "script/bootstrap test installs chromium"
    return found


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """That of two requests, with one finding in which everything is hostile."""
    directory = tmp_path_factory.mktemp("page")
    path = directory / "made.hclb"
    requests = [["GET", "/nested/", ""], ["GET", "/template/", ""]]
    drive(directory / "library.sqlite3", {"path": str(path), "depth": "deep"}, requests)
    diagnosis: Diagnosis = examine(path, directory)
    evidence = Evidence(2, 2, 2, 2, EVIL, (EVIL,), detail=EVIL)
    evil = Finding(
        EVIL, EVIL, (), (), (), {}, EVIL, evidence, 1.0, 1.0, 2.0, reason=EVIL, advice=EVIL
    )
    diagnosis = replace(diagnosis, findings=(*diagnosis.findings, evil), notes=(EVIL,))
    with Recording.open(path) as recording:
        return page_data(diagnosis, recording, directory)


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
    chromium = installed()
    errors: list[str] = []
    asked: list[str] = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=QUIET)
        tab = browser.new_page()
        tab.on("console", lambda message: errors.append(message.text))
        tab.on("pageerror", lambda error: errors.append(str(error)))
        tab.on("request", lambda request: asked.append(request.url))
        tab.goto(file.as_uri())
        for finding in tab.locator("details.finding > summary").all():
            finding.click()
        assert tab.locator("details.finding .body").count() == len(data["findings"])
        assert tab.locator(".reason").last.text_content() == f"No edit: {EVIL}"
        tab.locator("details.request > summary").first.focus()
        tab.keyboard.press("Enter")
        tab.locator("details.request .row", has_text="query").first.click()
        assert "SELECT" in (tab.locator("details.request pre.sql").first.text_content() or "")
        tab.get_by_role("button", name="Flame").first.click()
        tab.locator(".frame.k-query").first.dispatch_event("click")
        assert "SELECT" in (tab.locator("details.request pre.sql").first.text_content() or "")
        assert tab.locator("img").count() == 0
        for scheme in ("light", "dark"):
            tab.emulate_media(color_scheme=scheme)
            tab.screenshot(path=tmp_path / f"{scheme}.png")
        browser.close()
    assert errors == []
    assert asked == [file.as_uri()]
