"""The file: many writers, killed writers, full disks, locks, and somebody else's data."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hotclub.recording import Recording
from tests.recorder.playing import PROJECT, ROOT, drive, environment

START = """
import os, sys, time
from tests.recorder.drive import call, fill, prepare, PROJECT
database, path = sys.argv[1:3]
prepare(database)
from hotclub.agent import recorder
def install(**more):
    return recorder.install({"path": path, "root": str(PROJECT), "interval": 0.05, **more})
"""


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("files") / "library.sqlite3"
    drive(path, None, [])
    return path


def begin(script: str, database: Path, path: Path, pure: bool) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", START + script, str(database), str(path)],
        cwd=ROOT, env=environment(pure), text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def run(script: str, database: Path, path: Path, pure: bool = True) -> str:
    process = begin(script, database, path, pure)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out


APPLICATION = """
def application():
    fill(database)
    from django.core.wsgi import get_wsgi_application
    return get_wsgi_application()
"""

MANY = (
    APPLICATION
    + """
install()
app = application()
for n in range(30):
    assert call(app, "GET", "/nested/")[0] == 200
recorder.uninstall()
"""
)


def test_several_processes_write_to_one_file(database: Path, tmp_path: Path, pure: bool) -> None:
    path = tmp_path / "many.hclb"
    processes = [begin(MANY, database, path, pure) for _ in range(3)]
    for process in processes:
        _, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
    with Recording.open(path) as recording:
        assert {p.pid for p in recording.processes()} == {p.pid for p in processes}
        assert [p.requests for p in recording.processes()] == [30, 30, 30]
        requests = recording.requests()
        assert len(requests) == 90 and len({request.id for request in requests}) == 90
        shapes = {
            tuple((b.relation, b.size, b.created_stack) for b in recording.batches(request))
            for request in requests
        }
        assert len(shapes) == 1


KILLED = (
    APPLICATION
    + """
install()
app = application()
for n in range(100000):
    call(app, "GET", "/forward_key/")
    print(n, flush=True)
"""
)


def test_a_killed_process_leaves_the_file_readable(
    database: Path, tmp_path: Path, pure: bool
) -> None:
    path = tmp_path / "killed.hclb"
    process = begin(KILLED, database, path, pure)
    assert process.stdout is not None
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        process.stdout.readline()
        if path.exists() and written(path) > 20:
            break
    process.send_signal(signal.SIGKILL)
    process.communicate()
    with Recording.open(path) as recording:
        (row,) = recording.processes()
        assert row.ended is None and row.requests > 20
        requests = recording.requests()
        assert len(requests) == row.requests
        assert all(len(recording.batches(request)) == 2 for request in requests)
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def written(path: Path) -> int:
    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(path)) as reader:
        return int(reader.execute("SELECT count(*) FROM request").fetchone()[0])
    return 0


FORKING = (
    APPLICATION
    + """
install()
app = application()
call(app, "GET", "/first/")
children = []
for n in range(3):
    pid = os.fork()
    if not pid:
        for m in range(4):
            call(app, "GET", "/nested/")
        recorder.uninstall()
        os._exit(0)
    children.append(pid)
call(app, "GET", "/first/")
for pid in children:
    assert os.waitpid(pid, 0)[1] == 0
recorder.uninstall()
"""
)


def test_forked_workers_have_their_own_rows(database: Path, tmp_path: Path, pure: bool) -> None:
    path = tmp_path / "forked.hclb"
    run(FORKING, database, path, pure)
    with Recording.open(path) as recording:
        assert sorted(p.requests for p in recording.processes()) == [2, 4, 4, 4]
        assert len({p.pid for p in recording.processes()}) == 4
        assert len(recording.requests()) == 14


LOCKED = (
    APPLICATION
    + """
install(patience=0.3)
app = application()
call(app, "GET", "/first/")
time.sleep(1)
import sqlite3
lock = sqlite3.connect(path, isolation_level=None)
lock.execute("BEGIN EXCLUSIVE")
slowest = 0
for n in range(10):
    began = time.perf_counter()
    assert call(app, "GET", "/first/")[0] == 200
    slowest = max(slowest, time.perf_counter() - began)
time.sleep(1.5)
lock.execute("ROLLBACK")
call(app, "GET", "/first/")
recorder.uninstall()
"""
)


def test_a_locked_file_drops_and_counts(database: Path, tmp_path: Path) -> None:
    path = tmp_path / "locked.hclb"
    run(LOCKED, database, path)
    with Recording.open(path) as recording:
        (process,) = recording.processes()
        assert process.requests == len(recording.requests()) == 2
        assert process.dropped_requests == 10 and process.dropped_events > 10
        assert process.drop_reason == "the recording stayed locked"


FULL = (
    APPLICATION
    + """
import resource
install()
app = application()
call(app, "GET", "/first/")
time.sleep(1)
size = max(os.path.getsize(path), os.path.getsize(path + "-wal"))
resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
for n in range(20):
    assert call(app, "GET", "/template/")[0] == 200
time.sleep(1)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
call(app, "GET", "/first/")
recorder.uninstall()
"""
)


def test_a_disk_that_takes_no_more_drops_and_counts(database: Path, tmp_path: Path) -> None:
    path = tmp_path / "full.hclb"
    run(FULL, database, path)
    with Recording.open(path) as recording:
        (process,) = recording.processes()
        assert process.dropped_requests >= 1
        assert process.requests + process.dropped_requests == 22
        assert process.requests == len(recording.requests())
        assert process.drop_reason
        last = recording.requests()[-1]
        assert recording.batches(last) and recording.queries(last)
        stacks = [recording.stack(batch.created_stack) for batch in recording.batches(last)]
        assert all(stacks)


SMALL = (
    APPLICATION
    + """
install(interval=3600.0, ring_events=100)
app = application()
for n in range(40):
    assert call(app, "GET", "/first/")[0] == 200
recorder.uninstall()
"""
)


def test_a_full_ring_drops_and_counts(database: Path, tmp_path: Path) -> None:
    path = tmp_path / "small.hclb"
    run(SMALL, database, path)
    with Recording.open(path) as recording:
        (process,) = recording.processes()
        assert 0 < process.requests < 40
        assert process.requests + process.dropped_requests == 40
        assert process.drop_reason == "too much was waiting to be written"


ANSWERS = (
    APPLICATION
    + """
install(patience=0.2)
app = application()
for n in range(3):
    assert call(app, "GET", "/nested/")[0] == 200
recorder.uninstall()
"""
)


def test_somebody_elses_database_is_never_touched(database: Path, tmp_path: Path) -> None:
    path = tmp_path / "theirs.sqlite3"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE theirs (x)")
    connection.commit()
    connection.close()
    before = path.read_bytes()
    run(ANSWERS, database, path)
    assert path.read_bytes() == before
    assert sorted(tmp_path.iterdir()) == [path]


def test_a_directory_that_is_not_there_costs_nobody_anything(
    database: Path, tmp_path: Path
) -> None:
    run(ANSWERS, database, tmp_path / "nowhere" / "x.hclb")


STALE = (
    APPLICATION
    + """
import shutil
copy = os.path.join(os.path.dirname(path), "project")
shutil.copytree(PROJECT, copy)
sys.path[0] = copy
time.sleep(0.05)
recorder.install({"path": path, "root": copy})
app = application()
with open(os.path.join(copy, "library", "views.py"), "a") as file:
    file.write("# changed while running")
call(app, "GET", "/through_property/")
recorder.uninstall()
"""
)


def test_a_source_changed_since_the_start_has_no_hash(database: Path, tmp_path: Path) -> None:
    path = tmp_path / "stale.hclb"
    run(STALE, database, path)
    with Recording.open(path) as recording:
        (request,) = recording.requests()
        hashes = {
            place.path: place.sha256
            for batch in recording.batches(request)
            for place in recording.stack(batch.created_stack)
        }
    assert hashes["library/views.py"] is None
    assert hashes["library/models.py"] is not None


def test_capped_bodies_say_so(database: Path, tmp_path: Path) -> None:
    path = tmp_path / "capped.hclb"
    record: dict[str, object] = {"path": str(path), "depth": "deep", "body_cap": 100}
    drive(database, record, [["GET", "/template/", ""], ["GET", "/streamed/", ""]])
    with Recording.open(path) as recording:
        for request in recording.requests():
            body = recording.body(request)
            assert body is not None and body.truncated
            assert len(body.content) == 100
            assert request.body_size is not None and request.body_size > 100


def test_own_crawl_keeps_everything(database: Path, tmp_path: Path) -> None:
    path = tmp_path / "crawl.hclb"
    record: dict[str, object] = {"path": str(path), "depth": "deep", "own_crawl": True}
    requests = [["POST", "/form/?api_key=abc", "name=a&password=b"], ["GET", "/reset/abc/", ""]]
    drive(database, record, [*requests, ["GET", "/got/", ""]])
    with Recording.open(path) as recording:
        form, reset, got = recording.requests()
        assert (form.query, form.request_body) == ("api_key=abc", b"name=a&password=b")
        body = recording.body(form)
        assert body is not None and json.loads(body.content)["token"] == "s3cret"
        assert reset.path == "/reset/abc/"
        assert recording.queries(got)[0].params == ["book 1"]
        assert "book 1" not in recording.queries(got)[0].fingerprint


def test_the_root_is_what_counts(database: Path, tmp_path: Path) -> None:
    """Code outside the root is nobody's, and gets no places."""
    path = tmp_path / "elsewhere.hclb"
    drive(database, {"path": str(path), "root": str(tmp_path)}, [["GET", "/forward_key/", ""]])
    with Recording.open(path) as recording:
        (request,) = recording.requests()
        assert all(batch.created_stack is None for batch in recording.batches(request))
    assert os.path.isdir(PROJECT)
