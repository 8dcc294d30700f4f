"""``hotclub report`` and ``doctor --html``: which recording, the page, and what cannot be shown."""

from __future__ import annotations

import json
import sqlite3
import stat
from pathlib import Path

import pytest
from running import Run

from hotclub.agent import schema
from tests.report.browser import opened

LIMITS = ("--max-seconds", "60", "--request-seconds", "0.5", "--max-requests", "25")


def test_the_page_of_the_doctor_and_then_of_its_recording(
    run: Run, bookshop: Path, tmp_path: Path
) -> None:
    page = tmp_path / "doctor.html"
    done = run("doctor", bookshop, "--json", "--html", page, *LIMITS)
    assert done.returncode == 1, done.stderr
    assert json.loads(done.stdout)["schema"] == "hotclub.doctor/1", "and nothing else"
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    with opened(page.as_uri()) as shown:
        shown.tab.locator("details.finding > summary").first.click()
        assert "views.py" in shown.text("details.finding .place")
        assert "books_author" in shown.text("details.finding pre.plan"), "as SQLite explains it"
        request = shown.tab.locator("details.request", has_text="GET /books/").first
        request.locator("summary").click()
        request.locator(".row", has_text="query SELECT").first.click()
        assert "Plan, on a copy of the database:" in shown.text("details.request pre.sql")
    assert shown.errors == []
    again = run("report", bookshop)
    assert again.returncode == 0, again.stderr
    assert "the page is report.html" in again.stdout
    assert "SEARCH " in (tmp_path / "report.html").read_text(), "the recording has the plans"


def test_no_recording_yet(run: Run, bookshop: Path, tmp_path: Path) -> None:
    done = run("report", bookshop)
    assert done.returncode == 2 and "Traceback" not in done.stderr
    assert "doctor.hclb does not exist; run hotclub doctor first" in done.stderr
    assert not (tmp_path / "report.html").exists()


def _empty(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        for statement in schema.STATEMENTS:
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {schema.VERSION}")
    connection.close()


def _other(path: Path) -> None:
    sqlite3.connect(path).execute("CREATE TABLE other (x)").connection.close()


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: None, "there is no recording at"),
        (lambda path: path.write_text("no database " * 99), "cannot be read as a recording"),
        (_other, "is not a recording of hotclub"),
        (_empty, "holds no request: nothing was asked while it was recorded"),
    ],
    ids=["no file", "no database", "another database", "empty"],
)  # fmt: skip
def test_what_cannot_be_shown(
    run: Run, bookshop: Path, tmp_path: Path, make: object, said: str
) -> None:
    path = tmp_path / "given.hclb"
    make(path)  # type: ignore[operator]
    done = run("report", bookshop, "--recording", path)
    assert done.returncode == 2 and said in done.stderr, done.stderr
    assert str(path) in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "report.html").exists()


def test_a_page_that_cannot_be_written(run: Run, bookshop: Path, tmp_path: Path) -> None:
    done = run("report", bookshop, "--out", tmp_path / "nowhere" / "report.html")
    assert done.returncode == 2 and "it needs a directory to be in" in done.stderr
