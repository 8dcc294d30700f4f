"""Which files the server sends by itself: the project's static ones, and those of the options."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from serving import run

ECHO = Path(__file__).with_name("echo.py").read_text()
ADDED = """
STATIC_ROOT = BASE_DIR / "collected"
ALLOWED_HOSTS = ["*"]
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    command = [sys.executable, "-m", "django", "startproject", "site1", str(tmp_path)]
    subprocess.run(command, check=True)
    with (tmp_path / "site1" / "settings.py").open("a") as settings:
        settings.write(ADDED)
    (tmp_path / "collected").mkdir()
    (tmp_path / "collected" / "site.css").write_text("body {}")
    return tmp_path


def test_static_files_of_a_django_project(start, project: Path) -> None:
    serving = start("", application="")
    response = serving.get("/static/site.css")
    assert (response.status, response.body) == (200, b"body {}")
    assert "etag" in response.headers
    assert serving.get("/static/missing.css").status == 404


def test_left_to_the_application(start, project: Path) -> None:
    assert start("", "--no-static", application="").get("/static/site.css").status == 404


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("STATIC_ROOT = None", "STATIC_ROOT is not set"),
        ("STATIC_URL = 'https://cdn.example/s/'", "not a path below /"),
        ("STATIC_ROOT = BASE_DIR / 'nowhere'", "is not there yet; run collectstatic"),
    ],
)
def test_why_there_are_none_is_said_once(start, project: Path, line: str, why: str) -> None:
    with (project / "site1" / "settings.py").open("a") as settings:
        settings.write(line + "\n")
    serving = start("", "--workers=2", application="", ready=2)
    assert serving.get("/static/site.css").status == 404
    assert serving.log.count("static files are left to the application") == 1
    assert why in serving.log


def test_directories_by_option(start, tmp_path: Path) -> None:
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "a.txt").write_text("a file")
    serving = start(ECHO, f"--static=/media/={tmp_path}/media")
    assert serving.get("/media/a.txt").body == b"a file"
    assert b'"PATH_INFO": "/media/b.txt"' in serving.get("/media/b.txt").body


def test_redirects_into_declared_directories(start, tmp_path: Path) -> None:
    (tmp_path / "private").mkdir()
    (tmp_path / "private" / "a.txt").write_text("for you")
    serving = start(
        """
        def application(environ, start_response):
            start_response("200 OK", [("X-Accel-Redirect", environ["QUERY_STRING"])])
            return [b"unseen"]
        """,
        "--accel=/protected/=private",
    )
    assert serving.get("/?/protected/a.txt").body == b"for you"
    assert serving.get("/?/protected/../app.py").status == 404


@pytest.mark.parametrize("value", ["media=.", "/media/", "/media/=nowhere"])
def test_directories_that_are_wrong(tmp_path: Path, value: str) -> None:
    (tmp_path / "app.py").write_text(ECHO)
    status, said = run(tmp_path, "app:application", f"--static={value}")
    assert status == 2 and "hotclub: --static " in said


def test_more_requests_than_may_wait(start, tmp_path: Path) -> None:
    serving = start(ECHO, "--threads=1", "--queue-limit=1", "--retry-after=7")
    clients = [serving.client() for _ in range(4)]
    for client in clients:
        assert client.request("GET / HTTP/1.1\nHost: x").status == 200
    for client in clients:
        client.send(b"GET /sleep?0.5 HTTP/1.1\r\nHost: x\r\n\r\n")
    responses = [client.response() for client in clients]
    assert sorted(each.status for each in responses) == [200, 200, 503, 503]
    (wait,) = {each.headers["retry-after"] for each in responses if each.status == 503}
    assert wait == "7"
    for client in clients:
        client.socket.close()
