"""Opening recordings: good ones, old ones, broken ones; and making one of several."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

import hotclub.recording
from hotclub.agent import schema
from hotclub.errors import HotclubError
from hotclub.recording import Recording, add_plans, merge, passes
from tests.recorder.playing import drive


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small real recording."""
    directory = tmp_path_factory.mktemp("made")
    path = directory / "made.hclb"
    requests = [["GET", "/nested/", ""], ["GET", "/template/", ""]]
    drive(directory / "library.sqlite3", {"path": str(path), "depth": "deep"}, requests)
    return path


def refused(path: Path) -> str:
    with pytest.raises(HotclubError) as caught:
        Recording.open(path)
    return str(caught.value)


def test_everything_public_can_be_imported() -> None:
    for name in hotclub.recording.__all__:
        assert getattr(hotclub.recording, name).__module__.startswith("hotclub.recording")


def test_reading_changes_nothing(made: Path) -> None:
    before = made.read_bytes()
    with Recording.open(made) as recording:
        requests = recording.requests()
        assert [request.path for request in requests] == ["/nested/", "/template/"]
        for request in requests:
            for batch in recording.batches(request):
                recording.stack(batch.created_stack)
            assert recording.spans(request) and recording.queries(request)
            assert recording.body(request) is not None
    assert made.read_bytes() == before


def test_paths_lead_to_the_root(made: Path) -> None:
    with Recording.open(made) as recording:
        batches = recording.batches(recording.requests()[0])
        last = batches[-1]
        assert [batch.relation for batch in last.path] == ["book", "author", "country"]
        assert last.root is batches[0] and last.parent in batches
        assert batches[0].children == [batches[1]]
        assert batches[0].path == ()


def test_labels(made: Path) -> None:
    with Recording.open(made) as recording:
        assert [r.path for r in recording.requests("GET /nested/")] == ["/nested/"]
        found = recording.request("GET /template/")
        assert found is not None and found.path == "/template/"
        assert recording.request("nobody") is None
        assert recording.stack(None) == ()


def test_missing(tmp_path: Path) -> None:
    assert "there is no recording at" in refused(tmp_path / "none.hclb")
    assert "there is no recording at" in refused(tmp_path)


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\x00", b"something else" * 100])
def test_not_a_recording(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.hclb"
    path.write_bytes(content)
    message = refused(path)
    assert str(path) in message
    assert path.read_bytes() == content


def test_another_programs_database(tmp_path: Path) -> None:
    path = tmp_path / "x.sqlite3"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE request (id)")
    assert "is not a recording of hotclub" in refused(path)


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9])
def test_cut_off(made: Path, tmp_path: Path, part: float) -> None:
    """A truncated file is refused when it is opened or when it is read, never misread."""
    path = tmp_path / "cut.hclb"
    content = made.read_bytes()
    path.write_bytes(content[: int(len(content) * part)])
    with (
        pytest.raises(HotclubError, match=r"cut off|not a whole recording"),
        Recording.open(path) as recording,
    ):
        for request in recording.requests():
            recording.batches(request)
            recording.queries(request)
            recording.spans(request)
            recording.body(request)


def test_newer(made: Path, tmp_path: Path) -> None:
    path = tmp_path / "newer.hclb"
    path.write_bytes(made.read_bytes())
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    assert "newer hotclub" in refused(path)


def test_without_a_table(made: Path, tmp_path: Path) -> None:
    path = tmp_path / "less.hclb"
    path.write_bytes(made.read_bytes())
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("DROP TABLE span")
    assert "span missing" in refused(path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_in_a_directory_that_cannot_be_written_to(made: Path, tmp_path: Path) -> None:
    directory = tmp_path / "closed"
    directory.mkdir()
    path = directory / "x.hclb"
    path.write_bytes(made.read_bytes())
    directory.chmod(0o500)
    try:
        with Recording.open(path) as recording:
            assert recording.requests()
    finally:
        directory.chmod(0o700)


def test_merge(made: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.hclb"
    requests = [["GET", "/nested/", ""], ["GET", "/got/", ""]]
    drive(tmp_path / "library.sqlite3", {"path": str(other), "depth": "deep"}, requests)
    target = tmp_path / "both.hclb"
    merge(target, [made, other])
    with Recording.open(target) as both, Recording.open(made) as one, Recording.open(other) as two:
        found = both.requests()
        assert [r.path for r in found] == ["/nested/", "/template/", "/nested/", "/got/"]
        assert len(both.processes()) == 2
        for request, (recording, original) in zip(
            found, [(r, q) for r in (one, two) for q in r.requests()], strict=True
        ):
            assert described(both, request) == described(recording, original)


def described(recording: Recording, request: hotclub.recording.Request) -> object:
    body = recording.body(request)
    return (
        request.label,
        [
            (b.relation, b.via, b.size, b.loads, b.parent and b.parent.relation,
             recording.stack(b.created_stack), recording.stack(b.trigger_stack))
            for b in recording.batches(request)
        ],
        [(q.fingerprint, q.params, q.rows, q.span.stack_id) for q in recording.queries(request)],
        [(s.kind, s.name, s.parent_id is None) for s in recording.spans(request)],
        body and body.content,
    )  # fmt: skip


def test_merge_does_not_overwrite(made: Path, tmp_path: Path) -> None:
    target = tmp_path / "there.hclb"
    target.write_bytes(b"")
    with pytest.raises(HotclubError, match="exists already"):
        merge(target, [made])
    with pytest.raises(HotclubError, match="there is no recording"):
        merge(tmp_path / "new.hclb", [tmp_path / "none.hclb"])


def test_plans_are_kept_and_merged(made: Path, tmp_path: Path) -> None:
    planned, old = tmp_path / "planned.hclb", tmp_path / "old.hclb"
    for path in (planned, old):
        path.write_bytes(made.read_bytes())
    add_plans(planned, {(1, "default"): ["SCAN a", "USE TEMP B-TREE"], (1, "other"): ["Seq Scan"]})
    with closing(sqlite3.connect(old)) as connection, connection:
        connection.execute("DROP TABLE plan")
    merge(tmp_path / "both.hclb", [old, planned])
    for path in (planned, tmp_path / "both.hclb"):
        with Recording.open(path) as recording:
            assert recording.plans() == {
                (1, "default"): ("SCAN a", "USE TEMP B-TREE"), (1, "other"): ("Seq Scan",)
            }  # fmt: skip
    with Recording.open(old) as recording:
        assert recording.plans() == {}


@pytest.mark.parametrize(
    "paths, tables, which",
    [
        ((), (), []),
        (("library/views.py",), (), ["/nested/", "/template/"]),
        (("elsewhere.py",), (), []),
        (("library/templates/library/list.html", "templates/none.html"), (), ["/template/"]),
        (("elsewhere.py",), ("library_country",), ["/nested/"]),
    ],
)
def test_what_a_request_passes(
    made: Path, paths: tuple[str, ...], tables: tuple[str, ...], which: list[str]
) -> None:
    with Recording.open(made) as recording:
        found = [one.path for one in recording.requests() if passes(recording, one, paths, tables)]
    assert found == which
