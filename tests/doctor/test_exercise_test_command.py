"""By what the project's tests are run, and who names their settings."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from hotclub.doctor.exercise._test_command import chooses_settings, command_for
from hotclub.project import Project

BY_MANAGE_PY = (sys.executable, "manage.py", "test", "--noinput")
BY_PYTEST = (sys.executable, "-m", "pytest", "--continue-on-collection-errors")


def project(root: Path, settings: str = "shop.settings", python: str = sys.executable) -> Project:
    manage_py = root / "manage.py"
    manage_py.touch()
    environ = {"DJANGO_SETTINGS_MODULE": "shop.settings"}
    return Project(root, settings, Path(python), manage_py, environ)


@pytest.mark.parametrize(
    ("file", "text", "command"),
    [
        ("pytest.ini", "[pytest]\n", BY_PYTEST),
        ("pyproject.toml", "[tool.pytest.ini_options]\n", BY_PYTEST),
        ("setup.cfg", "[tool:pytest]\n", BY_PYTEST),
        ("tox.ini", "[pytest]\n", BY_PYTEST),
        ("tox.ini", "[testenv]\ncommands = pytest\n", BY_MANAGE_PY),
        ("pyproject.toml", "[tool.ruff]\n", BY_MANAGE_PY),
    ],
)
def test_pytest_where_it_is_set_up(
    tmp_path: Path, file: str, text: str, command: tuple[str, ...]
) -> None:
    (tmp_path / file).write_text(text)
    assert command_for(project(tmp_path), ()) == command


def test_the_settings_of_a_repository_count_for_a_project_below_its_top(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "site").mkdir()
    assert command_for(project(tmp_path / "site"), ()) == BY_MANAGE_PY
    (tmp_path / ".git").mkdir()
    assert command_for(project(tmp_path / "site"), ()) == BY_PYTEST


def test_an_interpreter_without_pytest(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nexit 1\n")
    python.chmod(0o755)
    command = command_for(project(tmp_path, python=str(python)), ())
    assert command == (str(python), *BY_MANAGE_PY[1:])


def test_a_command_that_is_given(tmp_path: Path) -> None:
    known = project(tmp_path)
    assert command_for(known, ("make", "test")) == ("make", "test")
    assert command_for(known, ("python", "x.py")) == (sys.executable, "x.py")
    bare = Project(tmp_path, "shop.settings", Path(sys.executable))
    assert command_for(bare, ()) == ()


def test_tests_may_have_settings_of_their_own(tmp_path: Path) -> None:
    assert chooses_settings(project(tmp_path), BY_MANAGE_PY)
    assert not chooses_settings(project(tmp_path), BY_PYTEST)
    (tmp_path / "pytest.ini").write_text("[pytest]\nDJANGO_SETTINGS_MODULE = shop.for_tests\n")
    assert chooses_settings(project(tmp_path), BY_PYTEST)
    named = project(tmp_path, "shop.named")  # by --settings, or in the environment
    assert not chooses_settings(named, BY_PYTEST) and not chooses_settings(named, BY_MANAGE_PY)
