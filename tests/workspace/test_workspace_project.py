"""Finding the project: settings, manage.py, interpreter."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from hotclub.errors import HotclubError
from hotclub.project import Project

MANAGE = 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "{}")\nraise SystemExit(9)\n'


def _project(directory: Path, settings: str = "shop.settings") -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "manage.py").write_text(MANAGE.format(settings))
    return directory


def test_from_manage_py(home: Path, tmp_path: Path) -> None:
    root = _project(tmp_path / "shop")
    found = Project.find(root)
    assert (found.root, found.settings, found.manage_py) == (
        root, "shop.settings", root / "manage.py",
    )  # fmt: skip
    assert found.python == Path(sys.executable)
    assert found.python_version == ".".join(map(str, sys.version_info[:3]))
    assert found.django_version[0].isdigit()


def test_what_names_the_settings(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = _project(tmp_path / "shop")
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "shop.other")
    assert Project.find(root).settings == "shop.other"
    assert Project.find(root, settings="shop.third").settings == "shop.third"


def test_around_the_directory(home: Path, tmp_path: Path) -> None:
    root = _project(tmp_path / "repository" / "backend")
    (tmp_path / "repository" / ".git").mkdir()
    (root / "shop" / "views").mkdir(parents=True)
    assert Project.find(tmp_path / "repository").root == root
    assert Project.find(root / "shop" / "views").root == root
    _project(tmp_path / "repository" / "tools")
    with pytest.raises(HotclubError, match=r"several projects \(backend, tools\); name one"):
        Project.find(tmp_path / "repository")


def test_no_settings(home: Path, tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "empty").mkdir()
    with pytest.raises(HotclubError) as raised:
        Project.find(tmp_path / "empty")
    assert str(raised.value) == (
        "DJANGO_SETTINGS_MODULE is not set and no manage.py was found in "
        f"{tmp_path / 'empty'}; pass --settings"
    )
    (tmp_path / "empty" / "manage.py").write_text("print('hello')")
    with pytest.raises(HotclubError, match="manage.py names none; pass --settings"):
        Project.find(tmp_path / "empty")
    (tmp_path / "empty" / "manage.py").write_text("def (:")
    with pytest.raises(HotclubError, match="line 1, is not valid Python"):
        Project.find(tmp_path / "empty")
    with pytest.raises(HotclubError, match="is not a directory"):
        Project.find(tmp_path / "nowhere")


def _environment(directory: Path, script: str) -> Path:
    python = directory / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f"#!/bin/sh\n{script}\n")
    python.chmod(0o755)
    return python


def test_which_interpreter(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = _project(tmp_path / "repository" / "shop")
    (tmp_path / "repository" / ".git").mkdir()
    versions = """echo '["3.12.1", "6.0"]'"""
    above = _environment(tmp_path / "repository" / ".venv", versions)
    assert Project.find(root).python == above
    inside = _environment(root / "venv", versions)
    assert Project.find(root).python == inside
    active = _environment(tmp_path / "active", versions)
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "active"))
    assert Project.find(root).python == active
    found = Project.find(root, python=above)
    assert (found.python, found.python_version, found.django_version) == (above, "3.12.1", "6.0")


def test_interpreters_that_will_not_do(home: Path, tmp_path: Path) -> None:
    root = _project(tmp_path / "shop")
    with pytest.raises(HotclubError, match="is not an executable file"):
        Project.find(root, python=tmp_path / "python")
    python = _environment(tmp_path / "bad", "echo ModuleNotFoundError: no django >&2; exit 1")
    with pytest.raises(HotclubError, match=r"cannot be imported by .*no django.*pass --python"):
        Project.find(root, python=python)
    os.chmod(python, 0o755)
    python.write_text("#!/nowhere/at/all\n")
    with pytest.raises(HotclubError, match="does not run"):
        Project.find(root, python=python)
