"""Whatever ends a workspace, its copies on a server end too."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hotclub.project import Project
from hotclub.workspace import ChildTimeout, Workspace
from tests.postgres_server import TestServer
from tests.workspace.sample_postgres import Library, address, copied

DRIVER = """
import sys
from hotclub.project import Project
from hotclub.workspace import Workspace
from hotclub.workspace.postgres import _copies
if sys.argv[2] == "beside":
    _copies._binaries.server = lambda *_: None
with Workspace.create(Project.find(sys.argv[1])) as workspace:
    child = workspace.child()
    private = workspace._databases._postgres._private
    print(private.directory if private else "-", flush=True)
    child.request("/sleeps/", seconds=300)
"""


def driver(root: Path, place: str) -> tuple[subprocess.Popen[str], Path]:
    """A driver in a process of its own whose child hangs in a view; and its server's directory."""
    started, line = started_driver(DRIVER, root, place)
    return started, Path(line)


def started_driver(source: str, root: Path, place: str) -> tuple[subprocess.Popen[str], str]:
    """A process of this source, for a project; and the first line that it prints."""
    package = Path(__file__).resolve().parents[2] / "src"
    started = subprocess.Popen(
        [sys.executable, "-c", source, str(root), place], stdout=subprocess.PIPE, text=True,
        stderr=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": str(package)},
    )  # fmt: skip
    assert started.stdout is not None
    line = started.stdout.readline()
    started.stdout.close()
    return started, line.strip()


def own(server: TestServer) -> list[str]:
    """What workspaces have on the original's server."""
    return [name for name in server.names() if name.startswith("hotclub_")]


def eventually(done: Callable[[], bool]) -> None:
    """Wait for it."""
    for _ in range(200):
        if done():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come to pass within ten seconds")


def is_gone(pid: int) -> bool:
    """Whether a process has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_private_server_ends_with_its_driver(
    library: Library, filled: TestServer, number: signal.Signals
) -> None:
    started, directory = driver(library(), "private")
    pid = int((directory / "data" / "postmaster.pid").read_text().splitlines()[0])
    assert not is_gone(pid)
    started.send_signal(number)
    started.wait(30)
    eventually(lambda: is_gone(pid))
    if number == signal.SIGKILL:
        assert directory.exists()
        with copied(address(filled)):
            pass
    assert not directory.exists()


def test_databases_beside_the_original_end_too(
    library: Library, filled: TestServer, beside: None
) -> None:
    started, _ = driver(library("maker"), "beside")
    left = own(filled)
    assert len(left) == 2
    with copied(address(filled, "maker")):
        assert set(left) < set(own(filled)), "those of a living driver are not left-overs"
    assert own(filled) == left
    started.kill()
    started.wait(30)
    eventually(lambda: filled.sql("SELECT count(*) FROM pg_stat_activity WHERE application_name"
                                  " LIKE 'hotclub%';") == ["0"])  # fmt: skip
    assert own(filled) == left
    with copied(address(filled, "maker")):
        assert not set(left) & set(own(filled))
    assert own(filled) == []


def test_a_clone_goes_with_a_child_that_hangs(
    library: Library, filled: TestServer, beside: None
) -> None:
    with Workspace.create(Project.find(library("maker"))) as workspace:
        child = workspace.child()
        assert len(own(filled)) == 2
        with pytest.raises(ChildTimeout):
            child.request("/sleeps/", seconds=0.1)
        (master,) = own(filled)
        sql = f"SELECT datallowconn FROM pg_database WHERE datname = '{master}';"
        assert filled.sql(sql) == ["f"], "nobody connects to a master"
