"""The agent's tests under every other Python on this machine, each with its newest Django.

The agent runs inside the user's project, so it must work where the rest of hotclub never is:
Python 3.10 and later, with whatever Django that Python takes. Each interpreter gets an
environment and a build of the C extension below ``build/versions``; the driver stays as it is.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HERE = ROOT / "build" / "versions"
PACKAGES = (
    "Django", "djangorestframework", "gunicorn", "jinja2", "pytest", "hypothesis",
    "meson>=1.3", "ninja",
)  # fmt: skip
INSIDE = ("tests/agent", "tests/recorder")
"""Tests that run under the interpreter itself."""
OUTSIDE = ("tests/worker", "tests/workspace/test_workspace_child.py")
"""Tests of the driver's that start a project under it."""
_NAME = re.compile(r"python3\.(\d+)$")


def interpreters() -> dict[int, Path]:
    """By minor version, from ``PATH`` and from pyenv; 3.10 and later, this one's left out."""
    folders = [Path(each) for each in os.environ.get("PATH", "").split(os.pathsep) if each]
    folders += sorted(Path.home().glob(".pyenv/versions/3.*/bin"), reverse=True)
    found: dict[int, Path] = {}
    for folder in folders:
        for path in sorted(folder.glob("python3.*")):
            match = _NAME.search(path.name)
            if match and int(match[1]) >= 10 and _works(path, int(match[1])):
                found.setdefault(int(match[1]), path)
    found.pop(sys.version_info.minor, None)
    return dict(sorted(found.items()))


def _works(path: Path, minor: int) -> bool:
    """A pyenv shim of a version that is not chosen exists and does not run."""
    code = (
        "import ensurepip, os, sys, sysconfig, venv;"
        "headers = os.path.join(sysconfig.get_paths()['include'], 'Python.h');"
        f"sys.exit(sys.version_info[:2] != (3, {minor}) or not os.path.exists(headers))"
    )
    return subprocess.run([path, "-c", code], capture_output=True).returncode == 0


def environment(minor: int, interpreter: Path) -> Path:
    """The environment's Python."""
    python = HERE / f"3.{minor}" / "bin" / "python"
    if not python.exists():
        subprocess.run([interpreter, "-m", "venv", python.parent.parent], check=True)
        quiet = ("-q", "--disable-pip-version-check")
        subprocess.run([python, "-m", "pip", "install", *quiet, *PACKAGES], check=True)
    _build(python, HERE / f"3.{minor}-build")
    return python


def _build(python: Path, build: Path) -> None:
    """The extension carries its version in its name: those of all versions lie side by side."""
    environ = {**os.environ, "PATH": f"{python.parent}:{os.environ['PATH']}"}
    steps: list[list[str | Path]] = [["compile", "-C", build]]
    if not (build / "build.ninja").exists():
        steps.insert(0, ["setup", build, "--buildtype=release"])
    for words in steps:
        subprocess.run(
            ["meson", *words], cwd=ROOT, env=environ, check=True, stdout=subprocess.DEVNULL
        )
    for built in build.rglob("_native.*.so"):
        target = ROOT / "src" / "hotclub" / built.name
        fresh = target.with_suffix(".new")
        shutil.copy(built, fresh)
        fresh.replace(target)  # a running process may have the old one mapped


def run(python: str | Path, *tests: str, **variables: str) -> bool:
    command = [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests]
    print("$", " ".join(command), flush=True)
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **variables}).returncode == 0


def main() -> int:
    failed = []
    found = interpreters()
    for minor, interpreter in found.items():
        python = environment(minor, interpreter)
        version = subprocess.run(
            [python, "-m", "django", "--version"], check=True, capture_output=True, text=True
        ).stdout.strip()
        print(f"\n-- Python 3.{minor}, Django {version}", flush=True)
        inside = run(python, *INSIDE, PYTHONDONTWRITEBYTECODE="1")
        home = str(python.parent.parent)
        if not (run(sys.executable, *OUTSIDE, HOTCLUB_TEST_ENVIRONMENT=home) and inside):
            failed.append(f"3.{minor}")
    names = ", ".join(f"3.{minor}" for minor in found) or "no other interpreter is installed"
    print(f"\nother Pythons: {names}; failed: {', '.join(failed) or 'none'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
