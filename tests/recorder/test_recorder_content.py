"""What is kept of sources, bodies and secrets."""

from __future__ import annotations

import json
import os
from pathlib import Path

from hotclub.recording import Recording
from tests.recorder.playing import PROJECT, drive
from tests.recorder.processes import run

STALE = """
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
