"""Numbers, status and health from the admin listener; ``hotclub top``."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from serving import SOURCES, Client, Response, run, until

ECHO = Path(__file__).with_name("echo.py").read_text()


@pytest.fixture
def watched(start, tmp_path: Path):
    """A server with two workers, its admin address, and how to ask there."""
    path = str(tmp_path / "admin")

    def begin(*options: str, source: str = ECHO, ready: int = 2, admin: bool = True):
        if admin:
            options = (f"--admin=unix:{path}", "--workers=2", *options)
        return start(source, *options, ready=ready)

    begin.path = path
    return begin


def ask(path: str, target: str) -> Response:
    with Client(path) as client:
        return client.request(f"GET {target} HTTP/1.1\nHost: x")


def numbers(path: str) -> dict[tuple[str, ...], float]:
    families = text_string_to_metric_families(ask(path, "/metrics").body.decode())
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in families
        for sample in family.samples
    }


def test_all_workers_are_counted(watched) -> None:
    serving = watched("--access-logfile=a.log")
    for target in ("/", "/empty", "/unchanged", "/sleep?0.03"):
        for _ in range(5):
            serving.get(target)
    until(lambda: numbers(watched.path)["hotclub_request_seconds_count",] == 20)
    with serving.client() as client:
        client.send(b"nonsense\r\n\r\n")
        client.rest()
    until(lambda: numbers(watched.path)["hotclub_refused_total",] == 1)
    got = numbers(watched.path)
    assert got["hotclub_requests_total", "2xx"] == 15
    assert got["hotclub_requests_total", "3xx"] == 5
    assert got["hotclub_request_seconds_count",] == 20
    assert got["hotclub_request_seconds_bucket", "0.025"] <= 15
    assert got["hotclub_request_seconds_bucket", "+Inf"] == 20
    assert got["hotclub_request_seconds_sum",] >= got["hotclub_python_seconds_total",] >= 0.15
    until(lambda: numbers(watched.path)["hotclub_accepted_total",] == 21)
    assert got["hotclub_workers", "ready"] == 2
    until(lambda: numbers(watched.path)["hotclub_threads",] == 32)
    assert got["hotclub_resident_bytes",] > 1 << 20
    assert abs(got["hotclub_start_time_seconds",] - time.time()) < 60


def test_what_runs_and_what_is_open(watched, tmp_path: Path) -> None:
    serving = watched()
    with serving.client() as busy, serving.client() as idle:
        idle.request("GET / HTTP/1.1\nHost: x")
        busy.send(b"GET /sleep?3 HTTP/1.1\r\nHost: x\r\n\r\n")
        until(lambda: numbers(watched.path)["hotclub_connections", "busy"] == 1)
        assert numbers(watched.path)["hotclub_connections", "idle"] == 1
        assert busy.response().body == b"slept"


def test_counters_outlive_workers_and_restarts_have_reasons(watched) -> None:
    serving = watched("--max-requests=5")
    for _ in range(15):
        serving.get()
    until(lambda: numbers(watched.path)["hotclub_requests_total", "2xx"] == 15)
    until(lambda: numbers(watched.path)["hotclub_workers", "leaving"] == 0)
    until(lambda: numbers(watched.path)["hotclub_workers", "ready"] == 2)
    os.kill(serving.workers()[0], signal.SIGKILL)
    until(lambda: numbers(watched.path).get(("hotclub_worker_restarts_total", "killed")) == 1)
    serving.hang_up()
    until(lambda: numbers(watched.path)["hotclub_reloads_total",] == 1)
    until(lambda: numbers(watched.path)["hotclub_workers", "ready"] == 2)
    got = numbers(watched.path)
    assert got["hotclub_requests_total", "2xx"] == 15
    assert got["hotclub_worker_restarts_total", "max_requests"] >= 1


def test_status(watched) -> None:
    serving = watched()
    serving.get()
    until(lambda: numbers(watched.path)["hotclub_requests_total", "2xx"] == 1)
    status = json.loads(ask(watched.path, "/status").body)
    assert status["pid"] == serving.process.pid
    assert {each["pid"] for each in status["workers"]} == set(serving.workers())
    assert sum(each["requests"] for each in status["workers"]) == status["totals"]["requests"] == 1
    assert status["listening"] == [f"http://127.0.0.1:{serving.port}"]


def test_health(watched, tmp_path: Path) -> None:
    serving = watched("--timeout=1")
    assert ask(watched.path, "/health").status == 200
    for worker in serving.workers():
        os.kill(worker, signal.SIGSTOP)
    until(lambda: ask(watched.path, "/health").status == 503)
    until(lambda: ask(watched.path, "/health").status == 200)
    with serving.client() as client:
        client.send(b"GET /sleep?0.8 HTTP/1.1\r\nHost: x\r\n\r\n")
        until((tmp_path / "sleeping").exists)
        serving.process.send_signal(signal.SIGTERM)
        until(lambda: ask(watched.path, "/health").status == 503)
    assert serving.process.wait(15) == 0
    assert not Path(watched.path).exists()


def test_strangers_and_slow_ones(watched) -> None:
    watched()
    assert ask(watched.path, "/nothing").status == 404
    with Client(watched.path) as client:
        client.send(b"POST /metrics HTTP/1.1\r\n\r\n")
        assert client.response().status == 400
    silent = [Client(watched.path) for _ in range(40)]
    until(lambda: silent[0].closed())
    assert ask(watched.path, "/health").status == 200
    for client in silent:
        client.socket.close()


def test_a_reload_may_move_it(watched, tmp_path: Path) -> None:
    config = tmp_path / "gunicorn.conf.py"
    config.write_text(f"admin = 'unix:{tmp_path}/first'\nbind = '127.0.0.1:0'\n")
    serving = watched("--workers=1", ready=1, admin=False)
    assert ask(f"{tmp_path}/first", "/health").status == 200
    config.write_text(f"admin = 'unix:{tmp_path}/second'\nbind = '127.0.0.1:0'\n")
    serving.hang_up()
    until((tmp_path / "second").exists)
    assert ask(f"{tmp_path}/second", "/health").status == 200
    assert not (tmp_path / "first").exists()
    config.write_text(f"admin = 'unix:{tmp_path}/no/third'\nbind = '127.0.0.1:0'\n")
    serving.hang_up()
    until(lambda: "the reload failed, nothing has changed" in serving.log)
    assert ask(f"{tmp_path}/second", "/health").status == 200


def test_an_address_that_cannot_be_had(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(ECHO)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        admin = f"--admin=127.0.0.1:{taken.getsockname()[1]}"
        status, said = run(tmp_path, "app:application", "--bind=127.0.0.1:0", admin)
    assert status == 2 and "already in use" in said


def test_a_new_master_has_it_when_the_old_one_is_gone(watched) -> None:
    serving = watched()
    serving.process.send_signal(signal.SIGUSR2)
    until(lambda: serving.log.count("is ready") == 4)
    assert json.loads(ask(watched.path, "/status").body)["pid"] == serving.process.pid
    serving.stop()
    until(lambda: Path(watched.path).exists())
    until(lambda: json.loads(ask(watched.path, "/status").body)["pid"] != serving.process.pid)


def top(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hotclub", "top", *words],
        env={**os.environ, "PYTHONPATH": str(SOURCES)},
        capture_output=True,
        text=True,
        timeout=30,
    )


def test_top(watched) -> None:
    serving = watched()
    for _ in range(7):
        serving.get()
    done = top(f"unix:{watched.path}", "--once", "--interval=0.2")
    assert done.returncode == 0, done.stderr
    assert f"http://127.0.0.1:{serving.port}" in done.stdout
    assert re.search(r"\b7 requests\b", done.stdout)
    for worker in serving.workers():
        assert re.search(rf"^ *{worker} +ready ", done.stdout, re.M)


def test_top_goes_on_until_interrupted(watched) -> None:
    watched()
    process = subprocess.Popen(
        [sys.executable, "-m", "hotclub", "top", f"unix:{watched.path}", "--interval=0.1"],
        env={**os.environ, "PYTHONPATH": str(SOURCES)},
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    shown = b""
    while shown.count(b"\033[H\033[2J") < 3:
        shown += os.read(process.stdout.fileno(), 65536)
    process.send_signal(signal.SIGINT)
    assert process.wait(15) == 0
    process.stdout.close()


def test_top_of_nothing(tmp_path: Path) -> None:
    done = top(f"unix:{tmp_path}/nothing", "--once")
    assert done.returncode == 2 and "no server answers on unix:" in done.stderr
    assert "Traceback" not in done.stderr
