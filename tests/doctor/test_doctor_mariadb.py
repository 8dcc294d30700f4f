"""A project on MariaDB: diagnosed, fixed, proved and indexed, and what is asked of the server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hotclub.project import Project
from hotclub.workspace import Child, Workspace
from tests.fix import library
from tests.mariadb_server import TestServer, running
from tests.workspace.sample_mariadb import SETTINGS, url

ROWS = 80_000
CHANGES = {
    "library/urls.py": library.FILES["library/urls.py"].replace(
        "shelves)]", 'shelves), path("sort/", views.sort), path("isbn/", views.isbn)]'
    ),
    "books/models.py": library.FILES["books/models.py"]
    + "\n\nclass Copy(models.Model):\n    isbn = models.CharField(max_length=20)\n"
    "    note = models.TextField()\n",
    "books/views.py": library.FILES["books/views.py"].replace("Book, Shelf", "Book, Copy, Shelf")
    + "\n\ndef sort(request):\n"
    '    for book in Book.objects.titled().order_by("-pk"):\n'
    "        book.author.name += '!'\n"
    "        book.author.save()\n"
    '    return HttpResponse("sorted")\n\n\n'
    "def isbn(request):\n"
    '    found = Copy.objects.filter(isbn="I00007", note="").order_by("pk")\n'
    '    return HttpResponse(", ".join(copy.isbn for copy in found))\n',
}
FILL = (
    "INSERT INTO books_copy (isbn, note) "
    f"SELECT CONCAT('I', LPAD(seq, 5, '0')), '' FROM seq_1_to_{ROWS};"
)
SCRIPT = '[[requests]]\nmethod = "POST"\npath = "/sort/"\n'


@dataclass
class Here:
    """A project, and what its database's server holds."""

    root: Path
    server: TestServer

    def hotclub(self, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        environ = {
            **os.environ,
            "PYTHONPATH": str(Path(__file__).parents[2] / "src"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "XDG_CACHE_HOME": str(self.root.parent / "cache"),
        }
        environ.pop("DJANGO_SETTINGS_MODULE", None)
        return subprocess.run(
            [sys.executable, "-m", "hotclub", command, "--python", sys.executable, "--requests",
             "requests.toml", "--max-seconds", "20", *arguments],
            cwd=self.root, capture_output=True, text=True, env=environ,
        )  # fmt: skip


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Here]:
    with running() as server:
        server.sql("CREATE DATABASE original CHARACTER SET utf8mb4;")
        settings = library.FILES["library/settings.py"] + SETTINGS.format(
            url=url(server, "original")
        )
        changes = {**CHANGES, "library/settings.py": settings, "requests.toml": SCRIPT}
        root = library.create(tmp_path_factory.mktemp("mariadb") / "library", changes)
        server.sql(FILL, "original")
        yield Here(root, server)


@pytest.fixture(scope="module")
def child(here: Here) -> Iterator[Child]:
    project = Project.find(here.root, python=sys.executable)
    with Workspace.create(project) as workspace, workspace.child(depth="light") as child:
        yield child


SCANNED = "SELECT * FROM `books_copy` c WHERE `isbn` = %s ORDER BY `note`"
STATEMENTS = [
    {"sql": SCANNED, "params": ["I00007"]},
    {"sql": "UPDATE `books_copy` SET `note` = 'x' WHERE `isbn` = %s", "params": ["I00007"]},
    {"sql": "SELECT nothing", "params": []},
]


def test_plans_and_work(child: Child) -> None:
    scan, write, error = child.call("plans", alias="default", statements=STATEMENTS)["plans"]
    assert (scan["scans"], scan["sorts"], scan["indexes"]) == (["c"], True, [])
    assert scan["lines"] == ["ALL on c"]
    assert "books_copy" in write["lines"][0] and "nothing" in error["error"]
    first, again = (
        child.call("work", alias="default", statements=STATEMENTS)["work"] for _ in range(2)
    )
    assert first == again
    assert [one and one > ROWS for one in first] == [True, True, None]
    counted = [child.request("/isbn/", work=True) for _ in range(2)]
    assert counted[1].work == counted[0].work > ROWS


def test_an_index_is_made_measured_and_dropped(child: Child) -> None:
    of = {"alias": "default", "table": "books_copy"}
    made = child.call("build", columns=[["isbn", False]], name="tried", **of)
    assert made["bytes"] > ROWS
    (scan, *_) = child.call("plans", alias="default", statements=STATEMENTS[:1])["plans"]
    assert (scan["scans"], scan["indexes"]) == ([], ["tried"])
    assert child.call("work", alias="default", statements=STATEMENTS[:1])["work"][0] < 10
    for _ in range(2):
        costs = child.call("writes", pk="id", columns=["isbn"], **of)
        assert costs["insert"] and costs["update"]
    known = child.call("catalogue", alias="default", names=["books_copy", "books_book"])["indexes"]
    found = {(one["table"], *one["columns"]): one for one in known}
    assert found["books_copy", "isbn"]["bytes"] == made["bytes"]
    assert not found["books_copy", "isbn"]["needed"]
    assert found["books_book", "author_id"]["needed"], "its foreign key cannot be without"
    tables = child.call("tables", alias="default", names=["books_copy"])["tables"]
    assert tables["books_copy"]["rows"] == ROWS and tables["books_copy"]["keyless"] == ["note"]
    child.call("drop", alias="default", name="tried")
    (scan, *_) = child.call("plans", alias="default", statements=STATEMENTS[:1])["plans"]
    assert scan["indexes"] == []


@pytest.mark.slow
def test_diagnosed_fixed_and_proved(here: Here) -> None:
    before = here.server.contents("original")
    done = here.hotclub("fix", "--write", "--json")
    assert done.returncode == 1, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    outcomes = {(fix["place"], *fix["codes"]): fix for fix in report["fixes"]}
    assert {place: fix["outcome"] for place, fix in outcomes.items()} == {
        ("books/views.py:7", "HC101"): "proved",
        ("books/views.py:14", "HC103"): "proved",
        ("books/views.py:21", "HC101"): "undone",
        ("books/models.py:36", "HC701"): "proved",
    }
    wrong = outcomes["books/views.py:21", "HC101"]
    assert wrong["reason"] == "POST /sort/: what was written to books_author.name differs"
    index = outcomes["books/models.py:36", "HC701"]
    assert "AddIndex(" in index["diff"] and "decided by work and time" in index["reason"]
    views = (here.root / "books/views.py").read_text()
    assert views.count('.select_related("author")') == 1 and 'prefetch_related("books")' in views
    assert here.server.contents("original") == before
