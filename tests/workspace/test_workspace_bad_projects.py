"""Projects that cannot be started: each says why, on the project's own line."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotclub.errors import HotclubError
from hotclub.project import Project
from hotclub.workspace import AgentError, Workspace
from tests.workspace.sample_project import append


def _failure(root: Path) -> AgentError:
    with pytest.raises(AgentError) as raised, Workspace.create(Project.find(root)) as workspace:
        workspace.child()
    return raised.value


def test_settings_that_do_not_import(root: Path) -> None:
    append(root, "import a_library_that_nobody_has")
    error = _failure(root)
    assert (error.kind, error.file) == ("import", "library/settings.py")
    assert error.code == "import a_library_that_nobody_has"
    assert str(error).startswith(
        "the settings library.settings cannot be imported: "
        "ModuleNotFoundError: No module named 'a_library_that_nobody_has'\n  library/settings.py, "
    )


def test_settings_that_leave(root: Path) -> None:
    append(root, "import sys; sys.exit('SECRET_KEY is not set')")
    error = _failure(root)
    assert (error.kind, error.file) == ("settings", "library/settings.py")
    assert "ended the process: SystemExit: SECRET_KEY is not set" in str(error)


def test_settings_that_are_not_there(root: Path) -> None:
    with pytest.raises(AgentError, match="module library.nothing was not found") as raised:
        Workspace.create(Project.find(root, settings="library.nothing"))
    assert raised.value.kind == "settings"


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("books/models.py", "class Broken(models.Model", "SyntaxError: '(' was never closed"),
        ("books/views.py", "from .models import Missing", "cannot import name 'Missing'"),
        ("library/urls.py", "1 / 0", "ZeroDivisionError"),
        ("library/wsgi.py", "raise RuntimeError('no server')", "RuntimeError: no server"),
    ],
)
def test_projects_that_do_not_import(root: Path, file: str, text: str, said: str) -> None:
    append(root, text, file)
    error = _failure(root)
    assert (error.kind, error.file, error.code) == ("import", file, text)
    assert said in str(error)
    assert "/trees/" not in str(error)


def test_an_application_that_is_not_installed(root: Path) -> None:
    append(root, "INSTALLED_APPS += ['no_such_app']")
    error = _failure(root)
    assert error.kind == "import"
    assert "No module named 'no_such_app'" in str(error)


def test_a_project_that_kills_itself(root: Path) -> None:
    append(root, "import os; os.kill(os.getpid(), 11)")
    with pytest.raises(HotclubError, match="was ended by SIGSEGV during the operation 'probe'"):
        Workspace.create(Project.find(root))


def test_a_database_without_tables(root: Path) -> None:
    (root / "db.sqlite3").write_bytes(b"")
    error = _failure(root)
    assert error.kind == "migrations"
    assert "migrations have not been applied" in str(error)


def test_a_damaged_database(root: Path) -> None:
    content = bytearray((root / "db.sqlite3").read_bytes())
    content[100:] = b"\xff" * (len(content) - 100)
    (root / "db.sqlite3").write_bytes(content)
    with (
        pytest.raises(HotclubError, match=r"db\.sqlite3|malformed"),
        Workspace.create(Project.find(root)) as workspace,
    ):
        workspace.child()
