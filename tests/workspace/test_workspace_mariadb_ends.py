"""Whatever ends a workspace, its copies on MariaDB end too."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from hotclub.project import Project
from hotclub.workspace import ChildTimeout, Workspace
from tests.mariadb_server import TestServer
from tests.workspace.sample_mariadb import MariaLibrary, address, maria_copied
from tests.workspace.test_workspace_postgres_ends import eventually, is_gone, started_driver

DRIVER = """
import sys
from dataclasses import replace
from hotclub.project import Project
from hotclub.workspace import Workspace
from hotclub.workspace.mysql import _binaries
found = _binaries.find()
if sys.argv[2] == "beside":
    _binaries.find = lambda: replace(found, server="")
with Workspace.create(Project.find(sys.argv[1])) as workspace:
    child = workspace.child()
    running = [server.directory for server in workspace._databases._mysql._running]
    print(running[0] if running else "-", flush=True)
    child.request("/sleeps/", seconds=300)
"""


def own(server: TestServer) -> list[str]:
    """What workspaces have on the original's server."""
    return [name for name in server.names() if name.startswith("hotclub_")]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_private_server_ends_with_its_driver(
    maria_library: MariaLibrary, maria_filled: TestServer, number: signal.Signals
) -> None:
    started, line = started_driver(DRIVER, maria_library(), "private")
    directory = Path(line)
    pid = int((directory / "pid").read_text())
    assert not is_gone(pid)
    started.send_signal(number)
    started.wait(30)
    eventually(lambda: is_gone(pid))
    if number == signal.SIGKILL:
        assert directory.exists()
        with maria_copied(address(maria_filled)):
            pass
    assert not directory.exists()


def test_databases_beside_the_original_end_too(
    maria_library: MariaLibrary, maria_filled: TestServer, maria_beside: None
) -> None:
    started, _ = started_driver(DRIVER, maria_library("maker"), "beside")
    left = own(maria_filled)
    assert len(left) == 2
    with maria_copied(address(maria_filled, "maker")):
        assert set(left) < set(own(maria_filled)), "those of a living driver are not left-overs"
    assert own(maria_filled) == left
    started.kill()
    started.wait(30)
    lock = left[0].rpartition("_")[0]
    eventually(lambda: maria_filled.sql(f"SELECT IS_FREE_LOCK('{lock}');") == ["1"])
    assert own(maria_filled) == left
    with maria_copied(address(maria_filled, "maker")):
        assert not set(left) & set(own(maria_filled))
    assert own(maria_filled) == []


def test_a_clone_goes_with_a_child_that_hangs(maria_library: MariaLibrary) -> None:
    with Workspace.create(Project.find(maria_library())) as workspace:
        child = workspace.child()
        (server,) = workspace._databases._mysql._running
        with pytest.raises(ChildTimeout):
            child.request("/sleeps/", seconds=0.1)
        assert not server.directory.exists()  # type: ignore[attr-defined]
        assert workspace._databases._mysql._running == set()
