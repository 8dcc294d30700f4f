"""The wheel: built without a flag to know, whole, and at work in an environment of its own."""

from __future__ import annotations

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(*command: str | Path, **options: object) -> str:
    words = [str(word) for word in command]
    done = subprocess.run(words, capture_output=True, text=True, **options)  # type: ignore[call-overload]
    assert done.returncode == 0, done.stdout + done.stderr
    return str(done.stdout)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from what git would check out, so that nothing of this checkout's builds gets in."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    listed = run("git", "ls-files", "-z", cwd=ROOT).split("\0")
    for name in filter(None, listed):
        target = source / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_file():
            target.write_bytes((ROOT / name).read_bytes())
    pip = (sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", out)
    run(*pip, "--no-build-isolation", source, env=_with_tools())
    return next(out.glob("*.whl"))


def _with_tools() -> dict[str, str]:
    import os

    tools = Path(sys.executable).parent
    return {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}"}


def test_everything_is_in_it_and_nothing_else(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    packaged = {name for name in names if name.startswith("hotclub/")}
    assert any(name.startswith("hotclub/_native.") for name in packaged)
    assert "hotclub/libhotclub_guard.so" in packaged
    assert "hotclub/py.typed" in packaged
    sources = {
        f"hotclub/{path.relative_to(ROOT / 'src/hotclub').as_posix()}"
        for path in (ROOT / "src/hotclub").rglob("*.py")
        if "__pycache__" not in path.parts
    }
    assert sources <= packaged
    outside = {name.split("/")[0] for name in names}
    assert all(name == "hotclub" or name.endswith(".dist-info") for name in outside), outside


def test_it_works_in_an_environment_of_its_own(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "env", with_pip=True)
    python = tmp_path / "env" / "bin" / "python"
    run(python, "-m", "pip", "install", "-q", wheel, cwd=tmp_path)
    command = tmp_path / "env" / "bin" / "hotclub"
    assert "serve" in run(command, "--help", cwd=tmp_path)
    loaded = "from hotclub import _native; print(_native.fingerprint('SELECT 1'))"
    assert run(python, "-c", loaded, cwd=tmp_path).strip() == "SELECT ?"
    done = subprocess.run([command, "doctor"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 2
    assert "hotclub[doctor]" in done.stderr
    assert "Traceback" not in done.stderr
