"""An environment for each tool and each Django, made once, and the cases played in it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from truth.rivals._findings import alarms

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / "build" / "truth"
PROJECT = Path(__file__).with_name("project")
PACKAGES = {
    "hotclub": [], "zeal": ["django-zeal"], "nplusone": ["nplusone"],
    "query-doctor": ["django-query-doctor"],
}  # fmt: skip
USUAL, NEWEST = "5.2", "6.1"
"""The Django of most cases, and the one that has fetch modes, which wants Python 3.12."""


@dataclass
class Played:
    """What came of one tool on one Django; `missing` says why nothing did."""

    django: str
    cases: list[dict[str, Any]] = field(default_factory=list)
    alarms: list[dict[str, Any]] = field(default_factory=list)
    broken: dict[str, str] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)
    missing: str = ""


def play(tool: str, django: str) -> Played:
    """Play every case that this Django has under the tool."""
    python, missing = _environment(tool, django)
    if python is None:
        return Played(django, missing=missing)
    with tempfile.TemporaryDirectory(prefix="hotclub-truth-") as directory:
        out, recording = Path(directory, "out.json"), Path(directory, "club.hclb")
        environ = {
            **os.environ, "TRUTH_TOOL": tool, "PYTHONHASHSEED": "0",
            "PYTHONPATH": str(ROOT / "src") if tool == "hotclub" else "",
        }  # fmt: skip
        script = Path(__file__).with_name("_play.py")
        done = subprocess.run(
            [python, script, out, recording], env=environ, capture_output=True, text=True
        )
        if done.returncode:
            return Played(django, missing=_last(done.stderr))
        told = json.loads(out.read_text())
        found = told["alarms"]
        others: list[str] = []
        if tool == "hotclub":
            found, others = alarms(recording, PROJECT)
    return Played(told["django"], told["cases"], found, told["broken"], others)


def _environment(tool: str, django: str) -> tuple[Path | None, str]:
    interpreter = _interpreter() if django == NEWEST else sys.executable
    if interpreter is None:
        return None, f"no Python 3.12 or newer for Django {django}"
    home = HOME / f"{tool}-{django}"
    python, ready = home / "bin" / "python", home / "ready"
    if ready.exists():
        return python, ""
    print(f"making an environment for {tool} with Django {django} …", flush=True)
    shutil.rmtree(home, ignore_errors=True)
    subprocess.run([interpreter, "-m", "venv", home], check=True)
    wanted = [f"Django~={django}.0", "djangorestframework", *PACKAGES[tool]]
    done = subprocess.run(
        [python, "-m", "pip", "install", "--quiet", *wanted], capture_output=True, text=True
    )
    if done.returncode:
        return None, f"cannot be installed: {_last(done.stderr)}"
    ready.touch()
    return python, ""


def _interpreter() -> str | None:
    """A Python for the newest Django: this one, one on the path, one of pyenv's."""
    if sys.version_info >= (3, 12):
        return sys.executable
    for name in ("python3.14", "python3.13", "python3.12"):
        found = shutil.which(name)
        if found and _runs(found):
            return found
    versions = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv", "versions")
    for minor in (14, 13, 12):
        for each in sorted(versions.glob(f"3.{minor}.*/bin/python"), reverse=True):
            return str(each)
    return None


def _runs(python: str) -> bool:
    return subprocess.run([python, "-c", ""], capture_output=True).returncode == 0


def _last(stderr: str) -> str:
    lines = stderr.strip().splitlines() or ["it said nothing"]
    return next((line for line in reversed(lines) if "rror" in line), lines[-1])
