"""``doctor`` and ``fix`` on a sample of a database that is too big to copy."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from running import Run

from tests.fix import library
from tests.postgres_server import TestServer, running
from tests.workspace.sample_postgres import SETTINGS, url

BOOKS = 3000
FILL = (
    f"INSERT INTO books_book (title, author_id) SELECT 'more ' || n, 1 + n % 12 "
    f"FROM generate_series(1, {BOOKS}) n;"
    "INSERT INTO books_shelf_books (shelf_id, book_id) SELECT 1 + n % 6, n "
    "FROM generate_series(100, 1100) n;"
)


@dataclass
class Here:
    """A project, the database that it uses, and the end of every command for it."""

    root: Path
    server: TestServer
    options: tuple[str, ...] = ("--python", sys.executable, "--max-seconds", "20")


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Here]:
    with running() as server:
        server.sql("CREATE DATABASE original OWNER app;")
        settings = library.FILES["library/settings.py"] + SETTINGS.format(
            url=url(server, "original")
        )
        root = library.create(
            tmp_path_factory.mktemp("sampled") / "library", {"library/settings.py": settings}
        )
        server.sql(FILL, "original", "app")
        yield Here(root, server)


def found(told: dict[str, Any]) -> set[tuple[str, str, str]]:
    """Which relations are loaded in loops, and where."""
    return {
        (finding["code"], finding["lookup"], finding["expression"][0]["path"])
        for finding in told["findings"]
        if finding["code"].startswith("HC1")
    }


def test_the_same_loops_are_found_on_a_sample(here: Here, run: Run) -> None:
    before = here.server.written("original")
    whole, sampled = (
        run("doctor", here.root, "--json", *here.options, *more)
        for more in ((), ("--sample-rows", "50"))
    )
    assert (whole.returncode, sampled.returncode) == (1, 1), sampled.stderr
    told = json.loads(sampled.stdout)
    assert found(told) == found(json.loads(whole.stdout)) != set()
    (what,) = told["sampled"]
    assert re.search(
        r"is a sample, 2 of its 5 tables .*: public.books_book \d+ of about [\d,]+, public.books_",
        what,
    )
    assert json.loads(whole.stdout)["sampled"] == []
    assert any("indexes were not looked for" in note for note in told["notes"])
    assert told["changed"] == [] and here.server.written("original") == before
    assert "taking a sample of" in sampled.stderr
    kept = run("doctor", here.root, "--recording", told["recordings"][0], *here.options)
    assert "On a sample: the database original on 127.0.0.1" in " ".join(kept.stdout.split())


def test_what_is_too_big_is_sampled_where_that_is_asked_for(here: Here, run: Run) -> None:
    limited = {"HOTCLUB_DATABASE_LIMIT": "1M"}
    refused = run("doctor", here.root, *here.options, **limited)
    assert refused.returncode == 2
    for part in ("MiB, more than the 1 MiB", "HOTCLUB_DATABASE_LIMIT=1G", "`--sample-databases`"):
        assert part in " ".join(refused.stderr.split())
    (here.root / "pyproject.toml").write_text("[tool.hotclub]\nsample-databases = true\n")
    try:
        done = run("fix", here.root, "--diff", *here.options, **limited)
    finally:
        (here.root / "pyproject.toml").unlink()
    assert done.returncode in (0, 1), done.stderr
    assert "taking a sample of the database original" in done.stderr


def test_a_fix_is_proved_on_a_sample(here: Here, run: Run, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    more = ("--sample-rows", "50", "--html", page)
    done = run("fix", here.root, *here.options, *more, cwd=tmp_path)
    text = " ".join(done.stdout.split())
    assert "Proved on a sample." in text, done.stdout + done.stderr
    assert "the same on a sample" in text
    assert "On a sample: the database original on 127.0.0.1" in text
    assert "the database original on" in page.read_text()
    assert not (tmp_path / "library").exists()


@pytest.mark.parametrize("count", ["0", "-3", "many", "1.5"])
def test_a_number_of_rows_that_is_none(run: Run, count: str) -> None:
    done = run("doctor", f"--sample-rows={count}")
    assert done.returncode == 2
    assert f"'{count}' is not a whole number of at least 1" in done.stderr
