"""Signals to the master: workers more and fewer, a second master, stops."""

from __future__ import annotations

import json
import os
import signal
import threading
from pathlib import Path

import pytest
from serving import Serving, until

ECHO = Path(__file__).with_name("echo.py").read_text()


def children(pid: int) -> list[int]:
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except FileNotFoundError:
        return []
    return [int(each) for each in text.split()]


def gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2]
    except FileNotFoundError:
        return True
    return state.startswith("Z")


class Load:
    """One request after the other, each on a connection of its own, until told to stop."""

    def __init__(self, serving: Serving, path: str = "/") -> None:
        self._serving, self._path = serving, path
        self.failures: list[str] = []
        self.served = 0
        self._done = threading.Event()
        self._threads = [threading.Thread(target=self._run) for _ in range(2)]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        while not self._done.is_set():
            try:
                status = self._serving.get(self._path).status
            except (OSError, EOFError) as error:
                self.failures.append(repr(error))
            else:
                self.served += 1
                if status != 200:
                    self.failures.append(str(status))

    def goes_on(self) -> None:
        """Wait for some more requests."""
        before = self.served
        until(lambda: self.served > before + 20)


def test_a_worker_more_and_one_fewer(start) -> None:
    serving = start(ECHO)
    (first,) = serving.workers()
    with Load(serving) as load:
        serving.process.send_signal(signal.SIGTTIN)
        until(lambda: serving.log.count("is ready") == 2)
        serving.process.send_signal(signal.SIGTTOU)
        until(lambda: first not in serving.workers() and len(serving.workers()) == 1)
        serving.process.send_signal(signal.SIGTTOU)
        load.goes_on()
    assert load.failures == []
    assert len(serving.workers()) == 1, "the last one stays"


def test_a_window_that_changes_its_size_changes_nothing(start) -> None:
    serving = start(ECHO)
    before = serving.workers()
    serving.process.send_signal(signal.SIGWINCH)
    assert serving.get().status == 200 and serving.workers() == before


def test_a_new_master_takes_over(start, tmp_path: Path) -> None:
    serving = start(ECHO, "--pid=serve.pid")
    pidfile, second = tmp_path / "serve.pid", tmp_path / "serve.pid.2"
    old = serving.process.pid
    with Load(serving) as load:
        (tmp_path / "app.py").write_text(ECHO.replace('["body"]', '["new body"]'))
        serving.process.send_signal(signal.SIGUSR2)
        until(second.exists)
        new = int(second.read_text())
        assert (int(pidfile.read_text()), new in children(old)) == (old, True)
        until(lambda: serving.log.count("is ready") == 2)
        load.goes_on()
        serving.process.send_signal(signal.SIGTERM)
        assert serving.process.wait(15) == 0
        until(lambda: pidfile.exists() and int(pidfile.read_text()) == new)
        load.goes_on()
    assert load.failures == []
    assert not second.exists()
    assert "new body" in json.loads(serving.get().body)
    os.kill(new, signal.SIGTERM)
    until(lambda: not pidfile.exists())


def test_a_new_master_can_be_taken_back(start, tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    serving = start(ECHO, "--pid=serve.pid", f"--bind=unix:{path}")
    serving.process.send_signal(signal.SIGUSR2)
    until(lambda: serving.log.count("is ready") == 2)
    new = int((tmp_path / "serve.pid.2").read_text())
    serving.process.send_signal(signal.SIGUSR2)
    until(lambda: "there are two masters already" in serving.log)
    os.kill(new, signal.SIGTERM)
    until(lambda: f"master {new}, started by USR2, has ended with status 0" in serving.log)
    assert serving.get(address=path).status == 200
    assert int((tmp_path / "serve.pid").read_text()) == serving.process.pid
    serving.stop()
    assert not Path(path).exists()


def test_a_new_master_that_cannot_start_leaves_the_old_one(start, tmp_path: Path) -> None:
    serving = start(ECHO)
    (tmp_path / "app.py").write_text("import nothing_of_that_name\n")
    serving.process.send_signal(signal.SIGUSR2)
    until(lambda: "started by USR2, has ended with status 3" in serving.log)
    assert serving.get().status == 200


def test_hooks_before_the_new_master(start, tmp_path: Path) -> None:
    (tmp_path / "gunicorn.conf.py").write_text(
        "def pre_exec(server):\n    server.log.info('before exec, %s', server.num_workers)\n"
    )
    serving = start(ECHO)
    serving.process.send_signal(signal.SIGUSR2)
    until(lambda: serving.log.count("is ready") == 2)
    assert "[INFO] before exec, 1" in serving.log


def test_an_address_is_free_while_the_last_requests_run(start, tmp_path: Path) -> None:
    serving = start(ECHO)
    with serving.client() as client:
        client.send(b"GET /sleep?3 HTTP/1.1\r\nHost: x\r\n\r\n")
        until((tmp_path / "sleeping").exists)
        serving.process.send_signal(signal.SIGTERM)

        def refuses() -> bool:
            try:
                serving.client().socket.close()
            except ConnectionRefusedError:
                return True
            return False

        until(refuses)
        assert serving.process.poll() is None
        assert client.response().body == b"slept"
    assert serving.process.wait(15) == 0


def test_a_quick_stop_after_a_graceful_one(start, tmp_path: Path) -> None:
    serving = start(ECHO)
    with serving.client() as client:
        client.send(b"GET /sleep?60 HTTP/1.1\r\nHost: x\r\n\r\n")
        until((tmp_path / "sleeping").exists)
        (worker,) = serving.workers()
        serving.process.send_signal(signal.SIGTERM)
        until(lambda: "stopping on SIGTERM" in serving.log)
        assert serving.stop(signal.SIGINT) == 0
    assert gone(worker)


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2])
def test_signals_while_starting_do_no_harm(start, number: int) -> None:
    serving = start("import time; time.sleep(0.5)\n" + ECHO, ready=0)
    until(lambda: "hotclub listens" in serving.log)
    serving.process.send_signal(number)
    assert serving.ready().get().status == 200
