"""`hotclub record -- COMMAND`: any server, in processes that know nothing of hotclub."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from hotclub.recording import Recording
from tests.recorder.playing import PROJECT, ROOT, drive, environment

ACTIVE = "import hotclub.agent.recorder as recorder; print(bool(recorder._install._active))"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def record(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hotclub", "record", *arguments],
        cwd=cwd, env=environment(True), capture_output=True, text=True, timeout=60,
    )  # fmt: skip


@contextlib.contextmanager
def server(database: Path, *command: str) -> Iterator[None]:
    """A server under `hotclub record`, which PYTHONPATH alone leads to hotclub."""
    environ = environment(True, LIBRARY_DATABASE=str(database), DJANGO_SETTINGS_MODULE="settings")
    process = subprocess.Popen(
        [sys.executable, "-m", "hotclub", "record", *command],
        cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def get(port: int, path: str) -> bytes:
    deadline = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
                content: bytes = answer.read()
                return content
        except urllib.error.HTTPError:
            raise
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def test_gunicorn_with_two_workers(database: Path, tmp_path: Path) -> None:
    pytest.importorskip("gunicorn")
    path = tmp_path / "gunicorn.hclb"
    port = free_port()
    command = [
        "-o", str(path), "--root", str(PROJECT), "--", sys.executable, "-m", "gunicorn",
        "--workers=2", f"--bind=127.0.0.1:{port}", f"--chdir={PROJECT}", "wsgi",
    ]  # fmt: skip
    with server(database, *command):
        for _ in range(12):
            assert get(port, "/forward_key/").startswith(b"author")
        time.sleep(1)
    with Recording.open(path) as recording:
        assert recording.depth == "light"
        requests = recording.requests()
        assert len(requests) == 12
        assert all(len(recording.batches(request)) == 2 for request in requests)
        place = recording.stack(recording.batches(requests[0])[0].created_stack)[0]
        assert (place.path, place.in_project) == ("library/views.py", True)


def test_runserver_which_starts_another_process(database: Path, tmp_path: Path) -> None:
    path = tmp_path / "runserver.hclb"
    port = free_port()
    command = [
        "-o", str(path), "--root", str(PROJECT), "--deep", "--", sys.executable, "-m", "django",
        "runserver", f"--pythonpath={PROJECT}", f"127.0.0.1:{port}",
    ]  # fmt: skip
    with server(database, *command):
        get(port, "/got/")
        time.sleep(1)
    with Recording.open(path) as recording:
        (request,) = recording.requests()
        assert recording.depth == "deep" and request.view == "page"
        body = recording.body(request)
        assert body is not None and body.content == b"book 1 book 1"


def test_the_sitecustomize_of_the_project_still_runs(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("print('theirs')\n")
    environ = environment(True)
    environ["PYTHONPATH"] += os.pathsep + str(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "hotclub", "record", "-o", str(tmp_path / "x.hclb"), "--",
         sys.executable, "-c", ACTIVE],
        cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.stdout.split() == ["theirs", "theirs", "True"], done.stderr


def test_where_hotclub_is_not_installed(tmp_path: Path) -> None:
    """Only the boot directory is on the path, as in somebody's container."""
    package = ROOT / "src" / "hotclub"
    boot = package / "agent" / "recorder" / "boot"
    environ = {
        "PYTHONPATH": str(boot), "HOTCLUB_RECORD": str(tmp_path / "lent.hclb"),
        "HOTCLUB_RECORD_ROOT": str(PROJECT),
    }  # fmt: skip
    script = "import hotclub, sys; print(hotclub.__file__, *sys.path)\n" + ACTIVE
    done = subprocess.run(
        [getattr(sys, "_base_executable", sys.executable), "-c", script],
        env=environ, capture_output=True, text=True, cwd=tmp_path, timeout=60,
    )  # fmt: skip
    first, *path, active = done.stdout.split()
    assert (first, active) == (str(package / "__init__.py"), "True"), done.stderr
    assert str(package.parent) not in path


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "there is no command to record"),
        (["--", "nosuchcommand"], "nosuchcommand was not found"),
        (["-o", "/nowhere/x.hclb", "--", "true"], "/nowhere cannot be written to"),
        (["--root", "/nowhere", "--", "true"], "/nowhere is not a directory"),
        (["-o", str(ROOT / "pyproject.toml"), "--", "true"], "cannot be read as a recording"),
    ],
)
def test_mistakes_are_one_sentence(arguments: list[str], says: str) -> None:
    done = record(*arguments)
    assert done.returncode == 2
    assert done.stderr.startswith("hotclub: ") and done.stderr.count("\n") == 1
    assert says in done.stderr


def test_a_recording_of_another_depth_is_not_mixed_in(database: Path, tmp_path: Path) -> None:
    path = tmp_path / "deep.hclb"
    drive(database, {"path": str(path), "depth": "deep"}, [["GET", "/first/", ""]])
    done = record("-o", str(path), "--root", str(PROJECT), "--", "true")
    assert done.returncode == 2 and "holds a deep recording" in done.stderr


def test_a_recording_of_another_share_is_not_mixed_in(database: Path, tmp_path: Path) -> None:
    path = tmp_path / "all.hclb"
    drive(database, {"path": str(path)}, [["GET", "/first/", ""]])
    command = ["-o", str(path), "--root", str(PROJECT)]
    done = record(*command, "--sample-rate", "0.5", "--", "true")
    assert done.returncode == 2 and "was recorded with --sample-rate 1.0;" in done.stderr
    assert record(*command, "--", "true").returncode == 0


@pytest.mark.parametrize("share", ["0", "1.5", "half", "nan"])
def test_a_share_that_is_none_is_said(share: str) -> None:
    done = record("--sample-rate", share, "--", "true")
    assert done.returncode == 2
    assert f"{share!r} is not a number above 0 and at most 1" in done.stderr


def test_a_server_of_which_some_requests_are_recorded(database: Path, tmp_path: Path) -> None:
    path = tmp_path / "some.hclb"
    port = free_port()
    command = [
        "-o", str(path), "--root", str(PROJECT), "--sample-rate", "0.3", "--", sys.executable,
        "-m", "django", "runserver", "--noreload", f"--pythonpath={PROJECT}", f"127.0.0.1:{port}",
    ]  # fmt: skip
    with server(database, *command):
        for _ in range(60):
            assert get(port, "/got/") == b"book 1 book 1"
        time.sleep(1)
    with Recording.open(path) as recording:
        assert recording.sample_rate == 0.3
        assert 1 <= len(recording.requests()) <= 35  # 18 expected; five standard deviations


def test_the_command_is_run_as_it_is(tmp_path: Path) -> None:
    done = record("-o", str(tmp_path / "x.hclb"), "--", "sh", "-c", "echo $0 out; exit 3", "name")
    assert (done.returncode, done.stdout) == (3, "name out\n")
