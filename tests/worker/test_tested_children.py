"""What tests start with an environment of its own is guarded all the same."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WANTED = {"HOTCLUB_GUARD_ALLOW": "", "HOTCLUB_TESTS": "/nowhere/told.jsonl"}
SAY = "import os; print(os.environ.get('HOTCLUB_TESTS'), os.environ.get('OWN'))"


def played(script: str) -> str:
    """What a process prints in which children are completed."""
    begin = (
        "import os, subprocess, sys\n"
        "from hotclub.agent.tested import _children\n"
        f"_children.complete()\nSAY = {SAY!r}\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", begin + script],
        env={**os.environ, **WANTED, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("env", ["{'OWN': 'x'}", "{'OWN': 'x', 'PYTHONPATH': '/elsewhere'}"])
def test_the_variables_are_put_back(env: str) -> None:
    script = f"subprocess.run([sys.executable, '-c', SAY], env={env}, check=True)"
    assert played(script) == "/nowhere/told.jsonl x"


@pytest.mark.parametrize(
    "call",
    [
        "subprocess.run([sys.executable, '-c', SAY], env={b'OWN': b'x'})",
        "os.posix_spawn(sys.executable, [sys.executable, '-c', SAY], {'OWN': 'x'})",
        "os.execve(sys.executable, [sys.executable, '-c', SAY], {'OWN': 'x'})",
    ],
)
def test_what_cannot_be_completed_is_refused(call: str) -> None:
    script = f"try:\n    {call}\nexcept PermissionError as error:\n    print(error)"
    assert "needs the variables HOTCLUB_GUARD_ALLOW, HOTCLUB_TESTS" in played(script)


def test_the_environment_as_it_is_is_left_alone() -> None:
    assert played("subprocess.run([sys.executable, '-c', SAY], check=True)") == (
        "/nowhere/told.jsonl None"
    )
