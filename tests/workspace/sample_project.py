"""A small Django project, made by django-admin and migrated, that tests copy and bend."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from hotclub.project import Project
from hotclub.workspace import Workspace
from tests.workspace.sample_source import MODELS, SEED, SETTINGS, URLS, VIEWS

ENVIRONMENT = os.environ.get("HOTCLUB_TEST_ENVIRONMENT", "")
"""A virtual environment with another Python or Django, to run the projects with."""

PYTHON = f"{ENVIRONMENT}/bin/python" if ENVIRONMENT else sys.executable


def run(directory: Path, *arguments: str, script: str = "") -> None:
    """Run Python in a project, as its developer would."""
    subprocess.run(
        [PYTHON, *arguments],
        cwd=directory,
        check=True,
        input=script.encode(),
        capture_output=True,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )


def make(directory: Path) -> Path:
    """The project, with its database."""
    run(directory, "-m", "django", "startproject", "library")
    root = directory / "library"
    (root / "books" / "templates").mkdir(parents=True)
    (root / "books" / "__init__.py").touch()
    (root / "books" / "models.py").write_text(MODELS)
    (root / "books" / "views.py").write_text(VIEWS)
    (root / "books" / "templates" / "book.html").write_text("{{ book.title }}: {{ book.author }}")
    (root / "library" / "urls.py").write_text(URLS)
    with open(root / "library" / "settings.py", "a") as file:
        file.write(SETTINGS)
    (root / "media").mkdir()
    (root / "media" / "cover.txt").write_text("a cover")
    (root / "data.txt").write_text("data")
    run(root, "manage.py", "makemigrations", "books")
    run(root, "manage.py", "migrate")
    run(root, "manage.py", "shell", script=SEED)
    return root


def append(root: Path, text: str, file: str = "library/settings.py") -> None:
    """Add lines to one of the project's files."""
    with open(root / file, "a") as opened:
        opened.write(f"\n{text}\n")


def rows(database: Path, table: str = "books_author") -> int:
    """How many rows a table has, read as SQLite does."""
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        (count,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    connection.close()
    return int(count)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project that others are copied from."""
    return make(tmp_path_factory.mktemp("made"))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home and a temporary directory of the test's own."""
    home = tmp_path / "home"
    (home / ".ssh").mkdir(parents=True)
    (home / ".ssh" / "id").write_text("secret")
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.delenv("DJANGO_SETTINGS_MODULE", raising=False)
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    if ENVIRONMENT:
        monkeypatch.setenv("VIRTUAL_ENV", ENVIRONMENT)
    return home


@pytest.fixture
def root(made: Path, home: Path, tmp_path: Path) -> Path:
    """A project of the test's own, to be bent before a workspace is made of it."""
    return Path(shutil.copytree(made, tmp_path / "srv" / "library"))


@pytest.fixture
def workspace(root: Path) -> Iterator[Workspace]:
    """A workspace of it."""
    with Workspace.create(Project.find(root)) as workspace:
        yield workspace


@pytest.fixture(scope="module")
def shared(made: Path) -> Iterator[Workspace]:
    """A workspace that tests share which change nothing."""
    with Workspace.create(
        Project.find(made, settings="library.settings", python=PYTHON)
    ) as workspace:
        yield workspace
