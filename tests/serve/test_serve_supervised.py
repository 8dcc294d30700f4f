"""Under systemd, and as the first process of a container."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from serving import SOURCES, Client, run, until

ECHO = Path(__file__).with_name("echo.py").read_text()
SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER: orphans come to us, as to the process 1 of a container


class Manager:
    """What systemd is for a service: it listens for notifications."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.settimeout(15)
        self.heard: list[str] = []

    def hear(self, wanted: str) -> list[str]:
        """Everything up to the message that has ``wanted`` among its lines."""
        while True:
            lines = self.socket.recv(4096).decode().splitlines()
            self.heard += lines
            if any(line.startswith(wanted) for line in lines):
                return lines


@pytest.fixture
def manager(tmp_path: Path):
    made = Manager(tmp_path / "notify")
    yield made
    made.socket.close()


def test_readiness_reload_and_stop_are_told(start, manager: Manager) -> None:
    serving = start(ECHO, environ={"NOTIFY_SOCKET": manager.path})
    manager.hear("READY=1")
    assert manager.heard[0] == "READY=1" and "is ready" in serving.log
    serving.hang_up()
    assert any(line.startswith("MONOTONIC_USEC=") for line in manager.hear("RELOADING=1"))
    manager.hear("READY=1")
    assert serving.log.count("is ready") == 2
    serving.stop()
    manager.hear("STOPPING=1")


def test_a_reload_that_fails_is_told_to_be_over(start, manager: Manager, tmp_path: Path) -> None:
    serving = start(ECHO, environ={"NOTIFY_SOCKET": manager.path})
    manager.hear("READY=1")
    (tmp_path / "app.py").write_text("import nothing_of_that_name\n")
    serving.hang_up()
    manager.hear("RELOADING=1")
    manager.hear("READY=1")
    assert "the reload failed" in serving.log


def test_no_readiness_without_an_application(start, manager: Manager) -> None:
    serving = start("1 / 0\n", ready=0, environ={"NOTIFY_SOCKET": manager.path})
    assert serving.process.wait(15) == 3
    manager.hear("STOPPING=1")
    assert "READY=1" not in manager.heard


def test_the_watchdog_hears_of_healthy_workers_only(start, manager: Manager) -> None:
    watchdog = {"NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "400000"}
    serving = start(ECHO, "--timeout=1", environ=watchdog)
    for _ in range(3):
        manager.hear("WATCHDOG=1")
    (worker,) = serving.workers()
    os.kill(worker, signal.SIGSTOP)
    until(lambda: "did not answer for 1 s" in serving.log)
    manager.socket.setblocking(False)
    try:
        while True:
            manager.socket.recv(4096)
    except BlockingIOError:
        manager.socket.settimeout(15)
    until(lambda: serving.log.count("is ready") == 2)
    manager.hear("WATCHDOG=1")


def test_a_new_master_is_named(start, manager: Manager, tmp_path: Path) -> None:
    serving = start(ECHO, "--pid=serve.pid", environ={"NOTIFY_SOCKET": manager.path})
    manager.hear("READY=1")
    serving.process.send_signal(signal.SIGUSR2)
    until(lambda: serving.log.count("is ready") == 2)
    new = int((tmp_path / "serve.pid.2").read_text())
    serving.process.send_signal(signal.SIGTERM)
    assert f"MAINPID={new}" in manager.hear("MAINPID=")
    assert "STOPPING=1" not in manager.heard


ACTIVATE = """
import os, sys
if os.dup2(int(sys.argv[1]), 3) == 3:
    os.set_inheritable(3, True)
os.environ |= {"LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid())}
os.execv(sys.executable, [sys.executable, "-m", "hotclub", "serve", *sys.argv[2:]])
"""


@pytest.mark.parametrize("second", [False, True])
def test_sockets_that_systemd_has_opened(tmp_path: Path, second: bool) -> None:
    (tmp_path / "app.py").write_text(ECHO)
    path = str(tmp_path / "activated")
    log = tmp_path / "log"
    with socket.socket(socket.AF_UNIX) as listener, log.open("wb") as output:
        listener.bind(path)
        listener.listen()
        process = subprocess.Popen(
            [sys.executable, "-c", ACTIVATE, str(listener.fileno()), "app:application", "-w1"],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(SOURCES)},
            pass_fds=[listener.fileno()],
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        with Client(path) as client:  # answered when there is somebody: none is lost
            seen = json.loads(client.request("GET / HTTP/1.1\nHost: x").body)
        assert seen["SERVER_NAME"] == "localhost"
        if second:
            process.send_signal(signal.SIGUSR2)
            until(lambda: log.read_text().count("is ready") == 2)
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0
        assert Path(path).exists(), "the socket is systemd's"
        if second:
            with Client(path) as client:
                assert client.request("GET / HTTP/1.1\nHost: x").status == 200
    finally:
        os.killpg(process.pid, signal.SIGKILL) if second or process.poll() is None else None


def test_variables_meant_for_another_process(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(ECHO)
    status, said = run(
        tmp_path, "app:application", "--print-config", LISTEN_FDS="1", LISTEN_PID="1"
    )
    assert status == 0, said


def test_a_passed_descriptor_that_is_no_socket(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(ECHO)
    status, said = run(tmp_path, "app:application", "--bind=fd://0")
    assert status == 2 and "descriptor 0, passed as a socket, is none" in said


def test_the_first_process_buries_orphans(start, tmp_path: Path) -> None:
    def adopt_orphans() -> None:
        ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)

    serving = start(
        ECHO.replace(
            "def echo",
            "def orphan(environ, start_response):\n"
            "    import subprocess, sys\n"
            '    code = \'import subprocess as s; print(s.Popen(["sleep", "0.5"]).pid)\'\n'
            "    made = subprocess.run([sys.executable, '-c', code], stdout=-1)\n"
            "    start_response('200 OK', [])\n"
            "    return [made.stdout]\n"
            "def echo",
        ),
        "--log-level=debug",
        preexec_fn=adopt_orphans,
    )
    orphan = int(serving.get("/orphan").body)
    until(lambda: f"process {orphan}, an orphan, has ended" in serving.log)
    assert not Path(f"/proc/{orphan}").exists()


def test_a_health_path(start, tmp_path: Path) -> None:
    serving = start(ECHO, "--health-path=/healthz")
    assert serving.get("/healthz").body == b"ok\n"
    assert b"/healthz/deeper" in serving.get("/healthz/deeper").body
    views = [serving.client() for _ in range(4)]
    for client in views:
        client.send(b"GET /sleep?0.5 HTTP/1.1\r\nHost: x\r\n\r\n")
    until((tmp_path / "sleeping").exists)
    assert serving.get("/healthz").status == 200, "however many views run"
    for client in views:
        assert client.response().body == b"slept"
        client.socket.close()
    (tmp_path / "sleeping").unlink()
    with serving.client() as busy, serving.client() as kept, serving.client() as idle:
        assert idle.request("GET / HTTP/1.1\nHost: x").status == 200
        busy.send(b"GET /sleep?2 HTTP/1.1\r\nHost: x\r\n\r\n")
        until((tmp_path / "sleeping").exists)
        kept.send(b"GET /healthz HTTP/1.1\r\n")  # begun, so it is answered while stopping
        serving.process.send_signal(signal.SIGTERM)
        assert idle.closed()  # the worker has begun to stop
        response = kept.request("Host: x")
        assert (response.status, response.headers["connection"]) == (503, "close")
        assert busy.response().headers["connection"] == "close"
