"""The file: many writers, killed ones, forked ones."""

from __future__ import annotations

import contextlib
import signal
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hotclub.agent.recorder._config import Config
from hotclub.agent.recorder._writer import Writer
from hotclub.recording import Recording
from tests.recorder.processes import begin, run

MANY = """
install(patience=60.0)
app = application()
for n in range(30):
    assert call(app, "GET", "/nested/")[0] == 200
recorder.uninstall()
"""


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


@pytest.mark.parametrize("number", range(20))
def test_all_of_those_who_make_the_file_at_once_can_write(tmp_path: Path, number: int) -> None:
    config = Config(tmp_path / "new.hclb", tmp_path, patience=60.0)
    writers = [Writer(config) for _ in range(6)]
    together = threading.Barrier(len(writers))

    def enrol(writer: Writer) -> None:
        together.wait()
        writer.write([], 0)
        writer.close()

    with ThreadPoolExecutor(len(writers)) as pool:
        list(pool.map(enrol, writers))
    with Recording.open(tmp_path / "new.hclb") as recording:
        rows = recording.processes()
        assert [row.drop_reason for row in rows] == [None] * len(writers)


KILLED = """
install()
app = application()
for n in range(100000):
    call(app, "GET", "/forward_key/")
    print(n, flush=True)
"""


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


FORKING = """
install(patience=60.0)
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


def test_forked_workers_have_their_own_rows(database: Path, tmp_path: Path, pure: bool) -> None:
    path = tmp_path / "forked.hclb"
    run(FORKING, database, path, pure)
    with Recording.open(path) as recording:
        assert sorted(p.requests for p in recording.processes()) == [2, 4, 4, 4]
        assert len({p.pid for p in recording.processes()}) == 4
        assert len(recording.requests()) == 14
