"""What users get wrong: one clear message, exit status 2, nothing on standard output."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from running import Run

from hotclub.agent import schema
from tests.doctor.bookshop import FILES, write


@pytest.fixture
def copy(bookshop: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(bookshop, tmp_path / "copy"))


def said(done: subprocess.CompletedProcess[str]) -> str:
    """The message, after making sure that it is only that."""
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    lines = [x for x in done.stderr.splitlines() if not x.startswith(_PROGRESS)]
    assert lines and lines[0].startswith("hotclub: "), done.stderr
    return "\n".join(lines)


_PROGRESS = tuple(f"hotclub: {word}" for word in ("taking", "copying", "reading", "finding"))


def doctor(run: Run, *arguments: object) -> str:
    return said(run("doctor", "--python", sys.executable, *arguments))


def test_no_project(run: Run, tmp_path: Path) -> None:
    message = doctor(run, tmp_path)
    assert "no manage.py was found" in message and "--settings" in message


def test_no_directory(run: Run, tmp_path: Path) -> None:
    assert "is not a directory" in doctor(run, tmp_path / "missing")


def test_no_interpreter(run: Run, bookshop: Path) -> None:
    assert "not an executable" in said(run("doctor", bookshop, "--python", "/no/python"))


def test_no_such_settings(run: Run, bookshop: Path) -> None:
    message = doctor(run, bookshop, "--settings", "config.nowhere")
    assert "config.nowhere" in message


def test_settings_that_raise(run: Run, copy: Path) -> None:
    with open(copy / "config/settings.py", "a") as file:
        file.write("UNDEFINED = undefined_name\n")
    message = doctor(run, copy)
    assert "NameError" in message and "config/settings.py, line" in message
    assert "UNDEFINED = undefined_name" in message, "the project's own line is shown as its own"


def test_models_that_do_not_parse(run: Run, copy: Path) -> None:
    (copy / "books/models.py").write_text("class Book(\n")
    message = doctor(run, copy)
    assert "books/models.py" in message and "SyntaxError" in message


def test_views_that_fail_to_import(run: Run, copy: Path) -> None:
    (copy / "books/views.py").write_text("import no_such_module\n")
    message = doctor(run, copy)
    assert "no_such_module" in message and "books/views.py, line 1" in message


def test_no_database(run: Run, tmp_path: Path) -> None:
    message = doctor(run, write(tmp_path / "project"))
    assert "db.sqlite3" in message and "migrate" in message


def test_migrations_missing(run: Run, copy: Path) -> None:
    with sqlite3.connect(copy / "db.sqlite3") as connection:
        connection.execute("DELETE FROM django_migrations WHERE app = 'books'")
    connection.close()
    message = doctor(run, copy)
    assert "books.0001_initial" in message and "manage.py migrate" in message


def test_a_database_that_cannot_be_reached(run: Run, tmp_path: Path) -> None:
    settings = FILES["config/settings.py"].replace("backends.sqlite3", "backends.mysql")
    message = doctor(run, write(tmp_path / "project", config__settings=settings))
    assert "DATABASES['default']" in message


def test_nothing_to_ask(run: Run, copy: Path) -> None:
    (copy / "config/urls.py").write_text("urlpatterns = []\n")
    message = doctor(run, copy)
    assert "none of the 0 routes of config.urls" in message and "--settings" in message


def recording(path: Path, version: int = schema.VERSION) -> Path:
    with sqlite3.connect(path) as connection:
        for statement in schema.STATEMENTS:
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {version}")
    connection.close()
    return path


def test_no_recording(run: Run, tmp_path: Path) -> None:
    assert "no recording at" in said(run("doctor", "--recording", tmp_path / "x.hclb"))


def test_a_truncated_recording(run: Run, tmp_path: Path) -> None:
    path = recording(tmp_path / "x.hclb")
    path.write_bytes(path.read_bytes()[:5000])
    assert "record again" in said(run("doctor", "--recording", path))


def test_a_newer_recording(run: Run, tmp_path: Path) -> None:
    path = recording(tmp_path / "x.hclb", schema.VERSION + 1)
    assert "newer hotclub" in said(run("doctor", "--recording", path))


def test_something_else(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.hclb").write_text("not a database")
    said(run("doctor", "--recording", tmp_path / "x.hclb"))


def test_nowhere_to_keep_it(run: Run, bookshop: Path, tmp_path: Path) -> None:
    for option in ("--out", "--sarif"):
        done = run("doctor", bookshop, option, tmp_path / "missing/x")
        assert done.returncode == 2 and "cannot be written" in done.stderr


def test_no_such_code(run: Run, bookshop: Path) -> None:
    assert "did you mean HC1" in run("doctor", bookshop, "--select", "HC199").stderr


def test_a_baseline_to_be_written_nowhere(run: Run, bookshop: Path) -> None:
    assert "--baseline FILE" in said(run("doctor", bookshop, "--write-baseline"))


def test_settings_that_do_not_exist(run: Run, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.hotclub]\nsample = 3\n")
    assert "did you mean samples?" in said(run("doctor", tmp_path))
