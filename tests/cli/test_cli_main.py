"""The entry point: commands are found, nothing needless is imported, mistakes are sentences."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from running import Run

import hotclub
from hotclub.cli.main import COMMANDS
from tests.doctor.bookshop import environment


def test_help_names_every_command(run: Run) -> None:
    done = run("--help")
    assert done.returncode == 0
    for command in COMMANDS:
        assert command.name in done.stdout and command.help.split()[0] in done.stdout


def test_version(run: Run) -> None:
    assert run("--version").stdout.strip() == f"hotclub {hotclub.__version__}"


@pytest.mark.parametrize("arguments", [[], ["dcotor"], ["doctor", "--unheard-of"]])
def test_a_wrong_command_line_is_no_traceback(run: Run, arguments: list[str]) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert "usage: hotclub" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("value", ["0", "-1", "many", "nan", "inf"])
def test_limits_must_be_positive(run: Run, value: str) -> None:
    for option in ("--max-requests", "--max-seconds"):
        done = run("doctor", f"{option}={value}")
        assert done.returncode == 2 and option in done.stderr


def test_the_entry_point_needs_nothing_but_the_standard_library() -> None:
    program = (
        "import sys, hotclub.cli;"
        "foreign = {'rich', 'libcst', 'django'} & set(sys.modules);"
        "doctor = [name for name in sys.modules if name.startswith('hotclub.doctor')];"
        "sys.exit(f'{foreign} {doctor}' if foreign or doctor else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment(), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("command", "missing", "named"),
    [("doctor", ["rich"], "Rich"), ("fix", ["rich", "libcst"], "LibCST and Rich")],
)
def test_missing_extras_are_one_sentence(
    run: Run, tmp_path: Path, command: str, missing: list[str], named: str
) -> None:
    for name in missing:
        (tmp_path / f"{name}.py").write_text("raise ImportError('not installed')")
    path = f"{tmp_path}:{environment()['PYTHONPATH']}"
    done = run(command, PYTHONPATH=path, cwd=Path("/"))
    assert done.returncode == 2
    assert (
        done.stderr == f"hotclub: hotclub {command} needs {named}: pip install 'hotclub[doctor]'\n"
    )


def test_the_working_directory_is_not_imported_from(run: Run, tmp_path: Path) -> None:
    (tmp_path / "queue.py").write_text("raise SystemExit('the project was imported')")
    (tmp_path / "rich.py").write_text("raise SystemExit('the project was imported')")
    done = run("doctor", cwd=tmp_path)
    assert "no manage.py was found" in done.stderr
