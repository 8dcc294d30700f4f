"""Full disks, locks, floods and other people's data: counted, and never felt by a request."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from hotclub.recording import Recording
from tests.recorder.processes import run

LOCKED = """
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


def test_a_locked_file_drops_and_counts(database: Path, tmp_path: Path) -> None:
    path = tmp_path / "locked.hclb"
    run(LOCKED, database, path)
    with Recording.open(path) as recording:
        (process,) = recording.processes()
        assert process.requests == len(recording.requests()) == 2
        assert process.dropped_requests == 10 and process.dropped_events > 10
        assert process.drop_reason == "the recording stayed locked"


FULL = """
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


SMALL = """
install(interval=3600.0, ring_events=100)
app = application()
for n in range(40):
    assert call(app, "GET", "/first/")[0] == 200
recorder.uninstall()
"""


def test_a_full_ring_drops_and_counts(database: Path, tmp_path: Path) -> None:
    path = tmp_path / "small.hclb"
    run(SMALL, database, path)
    with Recording.open(path) as recording:
        (process,) = recording.processes()
        assert 0 < process.requests < 40
        assert process.requests + process.dropped_requests == 40
        assert process.drop_reason == "too much was waiting to be written"


ANSWERS = """
install(patience=0.2)
app = application()
for n in range(3):
    assert call(app, "GET", "/nested/")[0] == 200
recorder.uninstall()
"""


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
