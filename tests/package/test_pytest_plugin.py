"""The pytest plugin, in the test run of a real project; alone and under xdist."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from hotclub.recording import Recording
from tests.doctor.bookshop import environment, fill, write
from tests.doctor.tested import CONFTEST

TESTS = """
from django.test import Client
from books.models import Author, Book, Review


def some(count):
    for number in range(count):
        author = Author.objects.create(name=f"a{number}")
        book = Book.objects.create(title=f"b{number}", author=author)
    return book


def test_several():
    some(3)
    assert Client().get("/books/").status_code == 200


def test_one_review():
    book = some(1)
    Review.objects.create(book=book, by=book.author)
    assert Client().get("/books/").status_code == 200


def test_fixtures(assert_no_findings, max_queries):
    with assert_no_findings(), max_queries(0):
        Client().get("/")


def test_fails(assert_no_findings):
    some(2)
    with assert_no_findings():
        Client().get("/books/")
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = fill(write(tmp_path_factory.mktemp("plugin") / "shop"))
    (root / "conftest.py").write_text(CONFTEST)
    (root / "test_pages.py").write_text(TESTS)
    return root


def run(shop: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "hotclub.pytest", "-p", "no:cacheprovider",
         *arguments],
        cwd=shop, env=environment(), capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode in (0, 1, 5), done.stdout + done.stderr
    return done.stdout


def test_a_run_reports_what_it_recorded(shop: Path, tmp_path: Path) -> None:
    told = run(shop, "--hotclub-out", str(tmp_path / "tests.hclb"))
    assert "3 passed" in told and "1 failed" in told
    assert "AssertionError: 1 finding:" in told
    assert "4 requests" in told and "1 findings" in told
    assert "books/views.py:12: HC101 author, a foreign key" in told
    assert "in test_pages.py::test_several" in told and "ms" not in told.split("hotclub ===")[-1]
    with Recording.open(tmp_path / "tests.hclb") as recording:
        assert {request.label for request in recording.requests()} >= {
            "test|test_pages.py::test_several", "test|test_pages.py::test_one_review"
        }  # fmt: skip


def test_a_batch_of_one_is_potential(shop: Path) -> None:
    told = run(shop, "-k", "one_review")
    assert "1 requests, 2 queries, 0 findings, 1 potential" in told
    assert "potential: books/views.py:12: HC101 author" in told


def test_nothing_recorded(shop: Path) -> None:
    assert "no request was made by the tests" in run(shop, "-k", "no_such_test")


@pytest.mark.skipif(find_spec("xdist") is None, reason="pytest-xdist is not installed")
def test_processes_of_xdist_are_put_together(shop: Path) -> None:
    told = run(shop, "-n", "2")
    assert "4 requests" in told and "1 findings" in told
