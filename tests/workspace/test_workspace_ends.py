"""How a workspace ends: closed, interrupted, killed, kept."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from hotclub.project import Project
from hotclub.workspace import Workspace


def test_the_directory_goes_with_an_interrupted_driver(root: Path, tmp_path: Path) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        driver, pid = _driver(root)
        assert len(list((tmp_path / "tmp").iterdir())) == 1
        driver.send_signal(number)
        driver.wait(30)
        assert list((tmp_path / "tmp").iterdir()) == []
        _wait_gone(pid)


def test_a_killed_driver_takes_its_children_along(root: Path, tmp_path: Path) -> None:
    driver, pid = _driver(root)
    (left,) = (tmp_path / "tmp").iterdir()
    driver.kill()
    driver.wait()
    _wait_gone(pid)
    assert left.exists()
    with Workspace.create(Project.find(root)):
        assert not left.exists()


def test_a_workspace_can_be_kept(root: Path) -> None:
    with Workspace.create(Project.find(root), keep=True) as workspace:
        pass
    with Workspace.create(Project.find(root)):
        assert (workspace.tree / "manage.py").is_file()


def _driver(root: Path) -> tuple[subprocess.Popen[str], int]:
    """A driver in a process of its own whose child hangs in a view; and the child's id."""
    code = (
        "import sys\nfrom hotclub.project import Project\n"
        "from hotclub.workspace import Workspace\n"
        "with Workspace.create(Project.find(sys.argv[1])) as workspace:\n"
        "    child = workspace.child()\n    print(child.pid, flush=True)\n"
        "    child.request('/sleeps/', seconds=300)\n"
    )
    source = Path(__file__).resolve().parents[2] / "src"
    driver = subprocess.Popen(
        [sys.executable, "-c", code, str(root)], stdout=subprocess.PIPE, text=True,
        stderr=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": str(source)},
    )  # fmt: skip
    assert driver.stdout is not None
    line = driver.stdout.readline()
    driver.stdout.close()
    return driver, int(line)


def _wait_gone(pid: int) -> None:
    for _ in range(200):
        if not Path(f"/proc/{pid}/cmdline").exists() or not _running(pid):
            return
        time.sleep(0.05)
    raise AssertionError(f"process {pid} is still there")


def _running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
