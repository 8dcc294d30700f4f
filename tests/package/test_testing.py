"""What a project's own tests can use: in a real project, by its own test run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.doctor.bookshop import environment, fill, write

TESTS = """
from pathlib import Path

from django.test import TestCase

from books.models import Author, Book
from hotclub.errors import HotclubError
from hotclub.testing import assert_no_findings, max_queries


class Pages(TestCase):
    @classmethod
    def setUpTestData(cls):
        for number in range(3):
            author = Author.objects.create(name=f"a{number}")
            Book.objects.create(title=f"b{number}", author=author)

    def test_list(self):
        with self.assertRaises(AssertionError) as caught:
            with assert_no_findings():
                self.client.get("/books/")
        text = str(caught.exception)
        assert "1 finding:" in text, text
        assert "books/views.py:12: HC101 author, a foreign key" in text, text
        assert "3 queries for 3, loaded at templates/list.html:2" in text, text

    def test_nothing(self):
        for _ in range(2):
            with assert_no_findings():
                self.client.get("/")
        with assert_no_findings(ignore=["HC101"]):
            self.client.get("/books/")
        with self.assertRaisesMessage(ValueError, "no request was made inside"):
            with assert_no_findings():
                Author.objects.count()
        with self.assertRaisesMessage(ZeroDivisionError, "division"):
            with assert_no_findings():
                self.client.get("/books/")
                1 / 0

    def test_silenced(self):
        table = Path("pyproject.toml")
        try:
            table.write_text('[tool.hotclub]\\nignore = ["HC1"]')
            with assert_no_findings():
                self.client.get("/books/")
            table.write_text('[tool.hotclub]\\nbaseline = "nowhere.json"')
            with self.assertRaisesMessage(HotclubError, "nowhere.json cannot be read"):
                with assert_no_findings():
                    self.client.get("/books/")
        finally:
            table.unlink()

    def test_queries(self):
        with max_queries(4):
            self.client.get("/books/")
        with self.assertRaises(AssertionError) as caught:
            with max_queries(1, using="default"):
                self.client.get("/books/")
                Book.objects.count()
        text = str(caught.exception)
        assert "5 queries, 1 is allowed:" in text, text
        assert "4× books/views.py:13 in book_list: SELECT" in text, text
        assert "1× books/tests.py:" in text and "in test_queries" in text, text
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = fill(write(tmp_path_factory.mktemp("testing") / "shop"))
    (root / "books" / "tests.py").write_text(TESTS)
    return root


def test_in_django_s_own_test_run(shop: Path) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "test", "-v2"],
        cwd=shop, env=environment(), capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Ran 4 tests" in done.stderr
