"""Commands of the project's own: they end, and all that they have started, whatever happens."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from hotclub.workspace import Command, Room

STARTS_ANOTHER = "sleep 300 & echo $! > sleeper; wait"
DRIVER = f"""
import os, time
from pathlib import Path
from hotclub.workspace import Command, Room

here = Path.cwd()
room = Room(here, here, {{}}, lambda: None)
command = Command(["sh", "-c", {STARTS_ANOTHER!r}], room, os.environ)
while not Path("sleeper").exists() or not Path("sleeper").read_text():
    time.sleep(0.01)
os._exit(1)
"""


def room(directory: Path) -> Room:
    return Room(directory, directory, {}, lambda: None)


def is_gone(directory: Path) -> bool:
    """Whether the process that the command has started ends within a few seconds."""
    pid = int((directory / "sleeper").read_text())
    for _ in range(500):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.01)
    return False


def test_its_status_and_what_it_printed(tmp_path: Path) -> None:
    with Command(["sh", "-c", "pwd; cat; exit 7"], room(tmp_path), os.environ) as command:
        assert command.wait(20) == 7
        assert command.log_tail() == f"{tmp_path}\n"


def test_what_it_started_ends_with_it(tmp_path: Path) -> None:
    with Command(["sh", "-c", STARTS_ANOTHER], room(tmp_path), os.environ) as command:
        while not (tmp_path / "sleeper").exists() or not (tmp_path / "sleeper").read_text():
            assert command.wait(0.01) is None
    assert is_gone(tmp_path)


def test_it_ends_with_the_driver(tmp_path: Path) -> None:
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src")}
    done = subprocess.run([sys.executable, "-c", DRIVER], cwd=tmp_path, env=environ, check=False)
    assert done.returncode == 1 and is_gone(tmp_path)
