"""What of a big recording is left out, and that the page says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hotclub.doctor import examine
from hotclub.recording import Recording
from hotclub.report import _data, page, page_data
from tests.recorder.playing import drive
from tests.report.browser import opened

PAGES = ("nested", "template", "reverse_key", "forward_key", "prefetched")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("cuts")
    requests = [["GET", f"/{name}/", ""] for name in PAGES]
    record = {"path": str(directory / "made.hclb"), "depth": "deep"}
    drive(directory / "library.sqlite3", record, requests)
    return directory / "made.hclb"


def data_of(path: Path) -> dict[str, Any]:
    diagnosis = examine(path, path.parent)
    with Recording.open(path) as recording:
        return page_data(diagnosis, recording, path.parent)


@pytest.fixture(scope="module")
def whole(made: Path) -> dict[str, Any]:
    """The requests with all of their spans, by label."""
    return {one["label"]: one for one in data_of(made)["requests"]}


@pytest.fixture
def cut(made: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setattr(_data, "MAX_REQUESTS", 4)
    monkeypatch.setattr(_data, "MAX_SPANS", 6)
    monkeypatch.setattr(_data, "MAX_SPANS_IN_ALL", 20)
    return data_of(made)


def test_the_slowest_requests_and_their_longest_spans_stay(
    whole: dict[str, Any], cut: dict[str, Any]
) -> None:
    assert [one["label"] for one in cut["requests"]] == list(whole)[:4]
    assert [len(one["spans"]) for one in cut["requests"]] == [6, 6, 6, 2]
    for one in cut["requests"]:
        every = whole[one["label"]]["spans"]
        assert one["spans_left_out"] == len(every) - len(one["spans"])
        shortest = min(span[5] for span in one["spans"])
        kept = {span[0] for span in one["spans"]}
        assert all(span[5] <= shortest for span in every if span[0] not in kept)
        assert all(span[1] in {0, *kept} for span in one["spans"]), "a parent that is shown"


def test_the_page_says_what_it_left_out(cut: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "cut.html"
    file.write_text(page(cut), "utf-8")
    left = cut["spans_left_out"]
    with opened(file.as_uri()) as shown:
        said = shown.tab.locator("main > p.soft").all_text_contents()
        shown.tab.locator("details.request > summary").first.click()
        assert f"{cut['requests'][0]['spans_left_out']} spans left out." in shown.text(
            ".body .soft"
        )
    assert (
        "Shown are at most 4 requests, 6 spans of each, 20 spans in all, and 2,000 characters of a "
        f"statement. 1 quicker request left out. {left} spans left out."
    ) in said
    assert shown.errors == []


def test_long_statements_are_cut(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hotclub.report._findings.MAX_SQL", 30)
    assert any(text.endswith(" characters more)") for text in data_of(made)["texts"])
