"""X-Accel-Redirect and X-Sendfile: the application decides, the engine sends."""

from __future__ import annotations

from pathlib import Path

import pytest
from nativeserver import Native
from serving import until

APPLICATION = """
from urllib.parse import unquote

class Closing:
    def __iter__(self):
        yield b"not this"
    def close(self):
        open("closed", "w").close()

def application(environ, start_response):
    kind, _, target = environ["QUERY_STRING"].partition("=")
    status = "403 Forbidden" if environ["PATH_INFO"] == "/forbidden" else "200 OK"
    headers = [("Content-Type", "application/x-report"), ("Content-Length", "8"),
               ("Set-Cookie", "seen=1"), (kind, unquote(target))]
    if environ["PATH_INFO"] == "/tagged":
        headers.append(("ETag", '"mine"'))
    start_response(status, headers)
    if environ["PATH_INFO"] == "/stream":
        return Closing()
    return [b"not this"]
"""


@pytest.fixture
def files(tmp_path: Path) -> Path:
    files = tmp_path / "private"
    files.mkdir()
    (files / "report 1.txt").write_text("the report")
    (files / "large.bin").write_bytes(bytes(300_000))
    (files / ".hidden").write_text("hidden")
    (tmp_path / "secret.txt").write_text("secret")
    return files


@pytest.fixture
def server(native, files: Path) -> Native:
    return native(APPLICATION, redirects=[["/protected/", str(files)]])


def ask(server: Native, target: str, *fields: str, path: str = "/", kind: str = "X-Accel-Redirect"):
    return server.get(f"{path}?{kind}={target}", *fields)


def test_the_file_is_sent_with_the_applications_fields(server: Native) -> None:
    response = ask(server, "/protected/report%2520%31.txt")
    assert (response.status, response.body) == (200, b"the report")
    assert response.headers["content-type"] == "application/x-report"
    assert response.headers["content-length"] == "10"
    assert response.headers["set-cookie"] == "seen=1"
    assert "x-accel-redirect" not in response.headers
    assert "cache-control" not in response.headers
    again = ask(server, "/protected/large.bin", f"If-None-Match: {response.headers['etag']}")
    assert again.status == 200 and again.body == bytes(300_000)


def test_conditions_and_ranges(server: Native) -> None:
    first = ask(server, "/protected/large.bin")
    etag = first.headers["etag"]
    assert ask(server, "/protected/large.bin", f"If-None-Match: {etag}").status == 304
    part = ask(server, "/protected/large.bin", "Range: bytes=5-9")
    assert (part.status, part.headers["content-range"]) == (206, "bytes 5-9/300000")
    tagged = ask(server, "/protected/large.bin", 'If-None-Match: "mine"', path="/tagged")
    assert (tagged.status, tagged.headers["etag"]) == (200, '"mine"')


def test_sendfile(server: Native, files: Path) -> None:
    response = ask(server, f"{files}/report%20%31.txt", kind="X-Sendfile")
    assert response.body == b"the report" and "x-sendfile" not in response.headers


def test_a_streamed_body_is_dropped_and_closed(server: Native, tmp_path: Path) -> None:
    assert ask(server, "/protected/large.bin", path="/stream").body == bytes(300_000)
    until((tmp_path / "closed").exists)


def test_nothing_else_is_sent(server: Native, files: Path, tmp_path: Path) -> None:
    for target in (
        "/protected/none.txt", "/protected/", "/protected/../secret.txt", "/protected/.hidden",
        "/protected/%252e%252e/secret.txt", "/elsewhere/report.txt", "/etc/passwd", "x", "",
    ):  # fmt: skip
        assert ask(server, target).status == 404, target
    for target in (f"{tmp_path}/secret.txt", f"{files}/../secret.txt", "/etc/passwd", "x"):
        assert ask(server, target, kind="X-Sendfile").status == 404, target


def test_only_for_responses_that_succeed(server: Native) -> None:
    response = ask(server, "/protected/large.bin", path="/forbidden")
    assert (response.status, response.body) == (403, b"not this")


def test_clients_cannot_reach_the_files(server: Native) -> None:
    assert server.get("/protected/large.bin?a=b").body == b"not this"


def test_without_roots_the_field_is_for_a_proxy_in_front(native) -> None:
    server = native(APPLICATION)
    response = ask(server, "/protected/large.bin")
    assert response.body == b"not this"
    assert response.headers["x-accel-redirect"] == "/protected/large.bin"
