"""The middleware that shows findings, in a real project under a real server."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest

from hotclub.recording import Recording
from tests.debug.developing import make
from tests.doctor.bookshop import environment
from tests.report.browser import opened

PANEL = b'<aside id="hotclub-findings"'


class Site:
    """A running project."""

    def __init__(self, port: int) -> None:
        self.port = port

    def get(self, path: str) -> tuple[HTTPResponse, bytes]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response, response.read()
        finally:
            connection.close()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("debug"))


@pytest.fixture(scope="module")
def site(shop: Path) -> Iterator[Site]:
    log = shop / "server.log"
    with log.open("w") as output:
        server = subprocess.Popen(
            [sys.executable, "-u", "manage.py", "runserver", "--noreload", "127.0.0.1:0"],
            cwd=shop, env=environment(), stdout=output, stderr=output,
        )  # fmt: skip
    try:
        yield Site(_port(server, log))
    finally:
        server.terminate()
        server.wait(30)


def _port(server: subprocess.Popen[bytes], log: Path) -> int:
    """The one that the server says it has."""
    for _ in range(600):
        _, found, rest = log.read_text().partition("development server at http://127.0.0.1:")
        if found and "/" in rest:
            return int(rest.partition("/")[0])
        assert server.poll() is None, log.read_text()
        time.sleep(0.05)
    raise AssertionError(log.read_text())


def test_a_page_shows_its_findings(site: Site) -> None:
    response, body = site.get("/books/")
    text = body.decode()
    assert response.headers["X-Hotclub-Findings"] == "1; queries=9; HC101=books/views.py:12"
    assert "<summary>hotclub: 1 finding, 9 queries</summary>" in text
    assert "books/views.py:12: HC101 author, a foreign key" in text
    assert "8 queries for 8, loaded at templates/list.html:3" in text
    assert "FROM &quot;books_author&quot;" in text
    assert text.index("</aside></body>") > text.index("b7")
    assert int(response.headers["Content-Length"]) == len(body)


def test_each_page_shows_its_own(site: Site) -> None:
    response, body = site.get("/")
    assert response.headers["X-Hotclub-Findings"] == "0; queries=0"
    assert b"hotclub: no findings, no queries" in body
    assert b"Nothing was found in this request." in body
    assert "<html><body>é".encode() in body, "the page itself is as it was"
    response, body = site.get("/own/")
    assert int(response.headers["Content-Length"]) == len(body) and PANEL in body
    assert site.get("/async/")[0].headers["X-Hotclub-Findings"] == "0; queries=1"


def test_comments_in_the_source_count(site: Site) -> None:
    response, body = site.get("/ignored/")
    assert response.headers["X-Hotclub-Findings"] == "0; queries=9" and PANEL in body


def test_what_the_project_says_of_its_findings_counts(shop: Path, site: Site) -> None:
    table, known = shop / "pyproject.toml", shop / "known.json"
    found = "1; queries=9; HC101=books/views.py:12"

    def shown(said: str) -> str | None:
        table.write_text(f"[tool.hotclub]\n{said}\n")
        return site.get("/books/")[0].headers["X-Hotclub-Findings"]

    try:
        assert shown('ignore = ["HC2", "HC101"]') == "0; queries=9"
        assert shown('select = "HC7"') == "0; queries=9"
        assert shown('select = ["HC1"]') == found
        entry = {"code": "HC101", "path": "books/views.py", "qualname": "book_list"}
        entry |= {"lookup": "author", "source": 'Book.objects.order_by("pk")'}
        known.write_text(json.dumps({"schema": "hotclub.baseline/1", "findings": [entry]}))
        for _ in range(2):
            assert shown('baseline = "known.json"') == "0; queries=9"
        assert shown('ignore = ["HC999"]') == found
        assert "[tool.hotclub] ignore: there is no code HC999" in (shop / "server.log").read_text()
    finally:
        table.unlink()
        known.unlink(missing_ok=True)


def test_an_error_page_has_a_panel_too(site: Site) -> None:
    response, body = site.get("/broken/")
    assert response.status == 500 and b"KeyError" in body and PANEL in body


def test_what_is_no_page_has_the_header_alone(site: Site) -> None:
    response, body = site.get("/json/")
    assert body.startswith(b'{"names"') and body.endswith(b"}")
    assert response.headers["X-Hotclub-Findings"] == "1; queries=9; HC101=books/views.py:23"
    for path in ("/zipped/", "/wide/"):
        response, body = site.get(path)
        assert response.headers["X-Hotclub-Findings"] == "0; queries=0" and PANEL not in body
        assert int(response.headers["Content-Length"]) == len(body)
    response, body = site.get("/streamed/")
    assert "X-Hotclub-Findings" not in response.headers and PANEL not in body


def test_in_a_browser_under_a_strict_policy(site: Site) -> None:
    with opened(f"http://127.0.0.1:{site.port}/books/") as shown:
        panel = shown.tab.locator("#hotclub-findings")
        assert panel.evaluate("node => getComputedStyle(node).position") == "fixed"
        assert not panel.locator("li").is_visible()
        panel.locator("summary").click()
        assert panel.locator("li").is_visible()
    assert [error for error in shown.errors if "favicon" not in error] == []
    assert {url.rpartition("/")[2] for url in shown.asked} <= {"", "favicon.ico"}


def test_the_doctor_leaves_it_out(shop: Path, tmp_path: Path) -> None:
    path = tmp_path / "doctor.hclb"
    command = ["doctor", str(shop), "--json", "--max-requests", "12", "--max-seconds", "20"]
    done = subprocess.run(
        [sys.executable, "-m", "hotclub", *command, "--out", str(path)],
        env=environment(), capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    with Recording.open(path) as recording:
        bodies = [recording.body(one) for one in recording.requests() if one.path == "/books/"]
    assert bodies[0] and b"by a7" in bodies[0].content
    assert not [body for body in bodies if body and PANEL in body.content]


SCRIPT = """
import asyncio, os, tempfile
from django.conf import settings
from django.test import AsyncClient, Client
from hotclub.debug import _middleware

async def ask():
    response = await AsyncClient().get("/books/")
    return response["X-Hotclub-Findings"]

print("async", asyncio.run(ask()))
print("left", [name for name in os.listdir(tempfile.gettempdir()) if name.startswith("hotclub-")])
_middleware.examine = lambda *_: 1 / 0
response = Client().get("/books/")
print("broken", response.status_code, b"hotclub-findings" in response.content)
settings.DEBUG = False
response = Client().get("/books/")
print("off", response.status_code, "X-Hotclub-Findings" in response)
"""


def test_under_async_after_an_error_and_without_debug(shop: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "-v0", "-c", SCRIPT],
        cwd=shop, env=environment(TMPDIR=str(tmp_path)), capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip
    assert done.stdout.split("\n")[:-1] == [
        "async 1; queries=9; HC101=books/views.py:12", "left []", "broken 200 False",
        "off 200 False",
    ]  # fmt: skip
    assert "the findings of /books/ cannot be shown" in done.stderr
    assert "ZeroDivisionError" in done.stderr
