"""Server hooks, with what hooks in the wild ask of their arguments."""

from __future__ import annotations

import json
import os
import re
import signal
from pathlib import Path

import pytest
from serving import run, until

ECHO = Path(__file__).with_name("echo.py").read_text()

RECORDER = """
import json, os

def note(hook, **facts):
    with open("hooks.log", "a") as file:
        file.write(json.dumps({"hook": hook, "in": os.getpid(), **facts}) + "\\n")

def on_starting(server):
    note("on_starting", workers=server.cfg.workers, listeners=len(server.LISTENERS))

def when_ready(server):
    server.log.info("Server ready, %s", "spawning workers")
    note("when_ready", pid=server.pid, address=server.address, name=server.proc_name)

def pre_fork(server, worker):
    worker.colour = "blue"
    note("pre_fork", age=worker.age, pid=str(worker.pid), workers=len(server.WORKERS))

def post_fork(server, worker):
    server.log.info("Worker spawned (pid: %s)", worker.pid)
    note("post_fork", pid=worker.pid, ppid=worker.ppid, colour=worker.colour)

def post_worker_init(worker):
    same = worker.app.wsgi() is worker.wsgi
    note("post_worker_init", application=callable(worker.wsgi), same=same)

def pre_request(worker, req):
    worker.log.debug("%s %s", req.method, req.path)
    headers = dict(req.headers)
    note("pre_request", method=req.method, path=req.path, uri=req.uri, query=req.query,
         version=req.version, colour=headers.get("X-COLOUR"))

def post_request(worker, req, environ, resp):
    note("post_request", path=environ["PATH_INFO"], status=resp.status, code=resp.status_code,
         sent=resp.sent, nr=worker.nr, type=dict(resp.headers).get("Content-Type"))

def worker_int(worker):
    note("worker_int", pid=worker.pid)

def worker_abort(worker):
    note("worker_abort", aborted=worker.aborted)

def child_exit(server, worker):
    note("child_exit", pid=worker.pid, gone=worker.pid not in server.WORKERS)

def worker_exit(server, worker):
    note("worker_exit", pid=worker.pid, nr=worker.nr)

def nworkers_changed(server, new_value, old_value):
    note("nworkers_changed", new=new_value, old=old_value, num=server.num_workers)

def on_reload(server):
    note("on_reload")

def on_exit(server):
    note("on_exit")
"""


@pytest.fixture
def hooks(tmp_path: Path):
    (tmp_path / "gunicorn.conf.py").write_text(RECORDER)

    def read() -> list[dict]:
        return [json.loads(line) for line in (tmp_path / "hooks.log").read_text().splitlines()]

    return read


def test_the_life_of_a_server(start, hooks) -> None:
    serving = start(ECHO)
    (worker,) = serving.workers()
    assert serving.get("/large?70000", "X-Colour: red").status == 200
    assert serving.stop() == 0
    seen = hooks()
    assert [each["hook"] for each in seen] == [
        "on_starting", "nworkers_changed", "when_ready", "pre_fork", "post_fork",
        "post_worker_init", "pre_request", "post_request", "worker_exit", "child_exit", "on_exit",
    ]  # fmt: skip
    facts = {each.pop("hook"): each for each in seen}
    master = serving.process.pid
    in_worker = {"post_fork", "post_worker_init", "pre_request", "post_request", "worker_exit"}
    for name, each in facts.items():
        assert each.pop("in") == (worker if name in in_worker else master)
    assert facts["when_ready"]["pid"] == master
    assert facts["pre_fork"] == {"age": 1, "pid": "[booting]", "workers": 0}
    assert facts["post_fork"] == {"pid": worker, "ppid": master, "colour": "blue"}
    assert facts["post_worker_init"] == {"application": True, "same": True}
    assert facts["pre_request"] == {
        "method": "GET", "path": "/large", "uri": "/large?70000", "query": "70000",
        "version": [1, 1], "colour": "red",
    }  # fmt: skip
    assert facts["post_request"] == {
        "path": "/large", "status": "200 OK", "code": 200, "sent": 70000, "nr": 1,
        "type": "text/plain",
    }  # fmt: skip
    assert facts["child_exit"] == {"pid": worker, "gone": True}
    assert facts["nworkers_changed"] == {"new": 1, "old": None, "num": 1}
    assert "[INFO] Server ready, spawning workers" in serving.log
    assert f"[INFO] Worker spawned (pid: {worker})" in serving.log


def test_hooks_on_signals(start, hooks) -> None:
    serving = start(ECHO)
    serving.hang_up()
    until(lambda: "child_exit" in [each["hook"] for each in hooks()])
    serving.process.send_signal(signal.SIGTTIN)
    until(lambda: serving.log.count("is ready") == 3)
    assert serving.stop(signal.SIGINT) == 0
    seen = [each["hook"] for each in hooks()]
    assert seen.count("on_reload") == 1
    assert seen.count("worker_int") == 2
    assert seen.count("child_exit") == 3
    changes = [(e["old"], e["new"]) for e in hooks() if e["hook"] == "nworkers_changed"]
    assert changes == [(None, 1), (1, 2)]


def test_a_request_over_time_calls_worker_abort(start, hooks) -> None:
    serving = start(ECHO, "--timeout=1")
    with serving.client() as client:
        client.send(b"GET /sleep?60 HTTP/1.1\r\nHost: x\r\n\r\n")
        until(lambda: "worker_abort" in [each["hook"] for each in hooks()])


@pytest.mark.parametrize("path", ["/several", "/streamed", "/written", "/file", "/missing-route"])
def test_responses_are_the_same_with_hooks(start, tmp_path: Path, path: str) -> None:
    (tmp_path / "go").touch()
    plain = start(ECHO).get(path)
    (tmp_path / "gunicorn.conf.py").write_text("def post_request(worker, req): pass\n")
    observed = start(ECHO).get(path)
    assert plain.status == observed.status
    assert "transfer-encoding" not in observed.headers or "transfer-encoding" in plain.headers
    if path != "/missing-route":  # which tells its process
        assert plain.body == observed.body


def test_what_the_application_raises_reaches_the_log_and_the_hook(start, hooks) -> None:
    serving = start("def application(environ, start_response): raise KeyError('lost')\n")
    assert serving.get().status == 500
    until(lambda: "KeyError: 'lost'" in serving.log)
    (after,) = [each for each in hooks() if each["hook"] == "post_request"]
    assert after["code"] == 500


@pytest.mark.parametrize("name", ["post_fork", "post_worker_init", "on_starting", "when_ready"])
def test_a_hook_that_fails_at_the_start(tmp_path: Path, name: str) -> None:
    (tmp_path / "app.py").write_text(ECHO)
    arguments = "worker" if name == "post_worker_init" else "server, *rest"
    text = f"def {name}({arguments}):\n    raise RuntimeError('not today')\n"
    (tmp_path / "gunicorn.conf.py").write_text(text)
    status, said = run(tmp_path, "app:application", "--bind=127.0.0.1:0", "--workers=1")
    assert status == 2
    assert f"the hook {name} failed: RuntimeError: not today" in said
    assert "gunicorn.conf.py" in said and "Traceback" not in said


@pytest.mark.parametrize(
    "body",
    ["worker.alive = False", "os.kill(os.getpid(), signal.SIGTERM)"],
)
def test_a_hook_may_retire_its_worker(start, tmp_path: Path, body: str) -> None:
    text = f"import os, signal\ndef post_request(worker, req): {body}\n"
    (tmp_path / "gunicorn.conf.py").write_text(text)
    serving = start(ECHO)
    pids = {json.loads(serving.get().body)["pid"] for _ in range(3)}
    until(lambda: not pids & set(serving.workers()) and len(serving.workers()) == 1)
    assert "retires: " in serving.log and "replaced" not in serving.log


def test_a_hook_may_have_all_workers_reload_or_leave(start, tmp_path: Path) -> None:
    (tmp_path / "gunicorn.conf.py").write_text(
        "import signal\n"
        "def nworkers_changed(server, new_value, old_value):\n"
        "    if old_value:\n"
        "        server.kill_workers(signal.SIGTERM)\n"
        "        for pid in server.WORKERS:\n"
        "            server.kill_worker(pid, signal.SIGUSR1)\n"
    )
    serving = start(ECHO)
    (first,) = serving.workers()
    serving.process.send_signal(signal.SIGTTIN)
    until(lambda: first not in serving.workers() and len(serving.workers()) == 2)
    assert serving.get().status == 200


def test_a_hook_that_fails_later_is_logged(start, tmp_path: Path) -> None:
    text = "def child_exit(server, worker): 1 / 0\ndef post_request(worker, req): [][1]\n"
    (tmp_path / "gunicorn.conf.py").write_text(text)
    serving = start(ECHO)
    assert serving.get().status == 200
    until(lambda: "the hook post_request failed" in serving.log)
    os.kill(serving.workers()[0], signal.SIGKILL)
    until(lambda: serving.log.count("is ready") == 2)
    assert "the hook child_exit failed" in serving.log and "ZeroDivisionError" in serving.log


def test_prometheus_in_several_processes(start, tmp_path: Path) -> None:
    (tmp_path / "numbers").mkdir()
    (tmp_path / "gunicorn.conf.py").write_text(
        "from prometheus_client import multiprocess\n"
        "def child_exit(server, worker):\n"
        "    multiprocess.mark_process_dead(worker.pid)\n"
    )
    serving = start(
        """
        from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
        from prometheus_client.multiprocess import MultiProcessCollector
        served = Counter("served", "Requests")
        living = Gauge("living", "Processes", multiprocess_mode="livesum")
        living.inc()
        def application(environ, start_response):
            served.inc()
            registry = CollectorRegistry()
            MultiProcessCollector(registry)
            start_response("200 OK", [])
            return [generate_latest(registry)]
        """,
        "--workers=2",
        ready=2,
        environ={"PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "numbers")},
    )
    for _ in range(20):
        serving.get()
    os.kill(serving.workers()[0], signal.SIGKILL)
    until(lambda: serving.log.count("is ready") == 3)
    until(lambda: len(list((tmp_path / "numbers").glob("gauge_livesum_*.db"))) == 2)
    text = serving.get().body.decode()
    assert float(re.search(r"^served_total (\S+)", text, re.M)[1]) == 21
    assert float(re.search(r"^living (\S+)", text, re.M)[1]) == 2
