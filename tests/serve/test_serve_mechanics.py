"""What a server is as a process: background, pid file, user, title; code that changes."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import time
from pathlib import Path

import pytest
from serving import run, until

ECHO = Path(__file__).with_name("echo.py").read_text()
WHO = """
import os
def application(environ, start_response):
    start_response("200 OK", [])
    return [f"{os.getuid()} {os.getgid()} {os.getgroups()}".encode()]
"""


def is_root() -> bool:
    return os.geteuid() == 0


def test_a_pid_file(start, tmp_path: Path) -> None:
    serving = start(ECHO, "--pid=serve.pid")
    pidfile = tmp_path / "serve.pid"
    assert int(pidfile.read_text()) == serving.process.pid
    status, said = run(tmp_path, "app:application", "--pid=serve.pid", "--bind=127.0.0.1:0")
    assert status == 2 and f"process {serving.process.pid} has it" in said
    assert pidfile.exists()
    serving.stop()
    assert not pidfile.exists()


def test_a_pid_file_left_behind(start, tmp_path: Path) -> None:
    (tmp_path / "serve.pid").write_text("999999999\n")
    serving = start(ECHO, "--pid=serve.pid")
    assert int((tmp_path / "serve.pid").read_text()) == serving.process.pid


def test_a_daemon(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(ECHO)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    status, said = run(
        tmp_path, "app:application", "--daemon", f"--bind=127.0.0.1:{port}", "--pid=d.pid",
        "--workers=1", "--log-file=d.log",
    )  # fmt: skip
    assert status == 0, said
    log = tmp_path / "d.log"
    until(lambda: "is ready" in log.read_text())
    master = int((tmp_path / "d.pid").read_text())
    try:
        assert os.getsid(master) != os.getsid(0) and os.getpgid(master) != os.getpgid(0)
        assert os.readlink(f"/proc/{master}/fd/0") == os.devnull
        os.kill(master, signal.SIGWINCH)
        until(lambda: not Path(f"/proc/{master}/task/{master}/children").read_text())
        os.kill(master, signal.SIGHUP)
        until(lambda: log.read_text().count("is ready") == 2)
    finally:
        os.kill(master, signal.SIGTERM)
    until(lambda: "stopped" in log.read_text())
    assert not (tmp_path / "d.pid").exists()


def test_an_address_in_use_is_said_before_going_to_the_background(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(ECHO)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        bind = f"--bind=127.0.0.1:{taken.getsockname()[1]}"
        status, said = run(tmp_path, "app:application", "--daemon", bind)
    assert status == 2 and "already in use" in said


@pytest.mark.skipif(not is_root(), reason="only root may become somebody else")
def test_workers_run_as_another_user(start, tmp_path: Path) -> None:
    for directory in (tmp_path, *tmp_path.parents):
        if directory != Path("/tmp") and str(directory).startswith("/tmp/"):
            directory.chmod(0o755)
    path = tmp_path / "s"
    serving = start(WHO, "--user=nobody", "--group=nogroup", f"--bind=unix:{path}", "--umask=0117")
    nobody, nogroup, _ = serving.get(address=str(path)).body.decode().split(" ", 2)
    assert (int(nobody), int(nogroup)) == (65534, 65534)
    found = path.stat()
    assert (found.st_uid, found.st_gid) == (65534, 65534)
    assert stat.S_IMODE(found.st_mode) == 0o660


def test_what_ps_shows(start) -> None:
    serving = start(ECHO, "--name=shop")
    shown = [
        Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0 ").decode()
        for pid in (serving.process.pid, *serving.workers())
    ]
    assert shown == ["hotclub: master [shop]", "hotclub: worker [shop]"]


def test_a_socket_for_each_worker(start) -> None:
    serving = start(ECHO, "--workers=2", "--reuse-port", ready=2)
    pids = {json.loads(serving.get().body)["pid"] for _ in range(60)}
    assert pids == set(serving.workers())
    assert serving.stop() == 0


def test_an_inherited_descriptor(tmp_path: Path, start) -> None:
    path = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        os.set_inheritable(listener.fileno(), True)
        serving = start(ECHO, f"--bind=fd://{listener.fileno()}", pass_fds=(listener.fileno(),))
        assert serving.get(address=path).status == 200


@pytest.mark.parametrize("engine", ["poll", "inotify"])
def test_changed_code_is_taken_up(start, tmp_path: Path, engine: str) -> None:
    serving = start(ECHO, "--reload", f"--reload-engine={engine}", "--workers=2", ready=2)
    time.sleep(0.05)  # so that the file's time is another one
    (tmp_path / "app.py").write_text(ECHO.replace('["body"]', '["new body"]'))
    until(lambda: "new body" in json.loads(serving.get().body))
    assert "app.py has changed" in serving.log
    (tmp_path / "app.py").write_text("def application(:\n")
    until(lambda: "SyntaxError" in serving.log)
    assert serving.get().status == 200
    (tmp_path / "app.py").write_text(ECHO.replace('["body"]', '["newest body"]'))
    until(lambda: "newest body" in json.loads(serving.get().body))


def test_a_preloaded_application_is_not_preloaded_when_it_is_to_be_reloaded(start) -> None:
    serving = start("print('imported', flush=True)\n" + ECHO, "--reload", "--preload", workers=2)
    until(lambda: serving.log.count("is ready") == 2)
    assert "--preload is left out" in serving.log
    assert serving.log.count("imported") == 2


def test_code_that_is_wrong_from_the_start_is_waited_for(start, tmp_path: Path) -> None:
    serving = start("import nothing_of_that_name\n", "--reload", ready=0)
    until(lambda: "waiting for a change" in serving.log)
    (tmp_path / "app.py").write_text(ECHO)
    assert serving.ready().get().status == 200


def test_other_files_that_are_watched(start, tmp_path: Path) -> None:
    (tmp_path / "prices.json").write_text("1")
    serving = start(ECHO, "--reload", "--reload-extra-file=prices.json")
    time.sleep(0.05)
    (tmp_path / "prices.json").write_text("2")
    until(lambda: "prices.json has changed" in serving.log)
    until(lambda: serving.log.count("is ready") == 2)
