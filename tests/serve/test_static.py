"""Static files from the engine, as a client sees them.

The behaviour is what whitenoise's own tests ask of it, with its defaults, where a client can
tell: types, validators, conditions, ranges, compressed files, what is left to the application.
"""

from __future__ import annotations

import gzip
import os
import re
import time
from pathlib import Path

import pytest
from nativeserver import Native

APPLICATION = """
import os, time

def application(environ, start_response):
    while environ["PATH_INFO"] == "/slow" and not os.path.exists("go"):
        time.sleep(0.01)
    start_response("404 Mine", [("Content-Type", "text/plain")])
    return [b"the application's"]
"""

SCRIPT = "let answer = 42;\n" * 500
LARGE = bytes(range(256)) * 4096  # 1 MiB


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "static"
    (root / "css").mkdir(parents=True)
    (root / "script.js").write_text(SCRIPT)
    (root / "script.js.gz").write_bytes(gzip.compress(SCRIPT.encode()))
    (root / "css" / "site.css").write_text("body {}\n")
    (root / "css" / "site.0123456789ab.css").write_text("body {}\n")
    (root / "large.bin").write_bytes(LARGE)
    (root / "ten.txt").write_text("0123456789")
    (root / "empty.txt").write_text("")
    (root / "with space é.txt").write_text("named")
    (root / ".env").write_text("SECRET=1")
    (tmp_path / "outside.txt").write_text("outside")
    (root / "link-out.txt").symlink_to(tmp_path / "outside.txt")
    (root / "link-in.txt").symlink_to("ten.txt")
    (root / "link-in-absolute.txt").symlink_to(root / "ten.txt")
    return root


@pytest.fixture
def server(native, root: Path) -> Native:
    return native(APPLICATION, static=[["/static/", str(root)]])


def test_a_file(server: Native, root: Path) -> None:
    response = server.get("/static/css/site.css")
    assert (response.status, response.body) == (200, b"body {}\n")
    assert response.headers["content-type"] == "text/css; charset=utf-8"
    assert response.headers["cache-control"] == "max-age=60, public"
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.headers["accept-ranges"] == "bytes"
    assert re.fullmatch(r'"[0-9a-f-]+"', response.headers["etag"])
    when = time.strptime(response.headers["last-modified"], "%a, %d %b %Y %H:%M:%S GMT")
    assert when[:6] == time.gmtime(int((root / "css" / "site.css").stat().st_mtime))[:6]


@pytest.mark.parametrize(
    ("path", "type"),
    [
        ("script.js", "text/javascript; charset=utf-8"),
        ("large.bin", "application/octet-stream"),
        ("ten.txt", "text/plain; charset=utf-8"),
        ("script.js.gz", "application/gzip"),
    ],
)
def test_types(server: Native, path: str, type: str) -> None:
    assert server.get(f"/static/{path}").headers["content-type"] == type


def test_large_and_empty_files_and_odd_names(server: Native) -> None:
    assert server.get("/static/large.bin").body == LARGE
    empty = server.get("/static/empty.txt")
    assert (empty.status, empty.headers["content-length"], empty.body) == (200, "0", b"")
    assert server.get("/static/with%20space%20%C3%A9.txt").body == b"named"


def test_head(server: Native) -> None:
    for path in ("large.bin", "ten.txt"):
        head = server.get(f"/static/{path}", method="HEAD")
        got = server.get(f"/static/{path}")
        assert head.headers["content-length"] == str(len(got.body))
        assert {**head.headers, "date": ""} == {**got.headers, "date": ""}


def test_other_methods(server: Native) -> None:
    response = server.get("/static/ten.txt", "Content-Length: 0", method="POST")
    assert (response.status, response.headers["allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize(
    "path",
    [
        "/static/none.txt",
        "/static/",
        "/static/css",
        "/static/css/",
        "/static/.env",
        "/static/../outside.txt",
        "/static/%2e%2e/outside.txt",
        "/static/css/%2e%2e/%2e%2e/outside.txt",
        "/static/..%2foutside.txt",
        "/static/link-out.txt",
        "/static/ten.txt%00.css",
        "/static//ten.txt",
        "/static/css/../ten.txt",
        "/static/css%2f..%2f..%2foutside.txt",
        "/ten.txt",
        "/staticten.txt",
    ],
)
def test_what_is_left_to_the_application(server: Native, path: str) -> None:
    assert server.get(path).body == b"the application's"


def test_links_inside_are_followed(server: Native) -> None:
    assert server.get("/static/link-in.txt").body == b"0123456789"
    assert server.get("/static/link-in-absolute.txt").body == b"0123456789"


def test_hashed_names_are_immutable(server: Native) -> None:
    response = server.get("/static/css/site.0123456789ab.css")
    assert response.headers["cache-control"] == "max-age=315360000, public, immutable"


def test_conditional_requests(server: Native) -> None:
    first = server.get("/static/ten.txt")
    etag, modified = first.headers["etag"], first.headers["last-modified"]
    for field in (f"If-None-Match: {etag}", f'If-None-Match: "x", W/{etag}',
                  f"If-Modified-Since: {modified}"):  # fmt: skip
        again = server.get("/static/ten.txt", field)
        assert (again.status, again.body) == (304, b"")
        assert again.headers["etag"] == etag and "content-length" not in again.headers
        assert again.headers["cache-control"] == first.headers["cache-control"]
    for field in ('If-None-Match: "x"', "If-Modified-Since: Thu, 01 Jan 1970 00:00:00 GMT"):
        assert server.get("/static/ten.txt", field).status == 200
    assert server.get("/static/ten.txt", 'If-Match: "x"').status == 412


@pytest.mark.parametrize(
    ("value", "status", "body", "content_range"),
    [
        ("bytes=2-4", 206, b"234", "bytes 2-4/10"),
        ("bytes=7-", 206, b"789", "bytes 7-9/10"),
        ("bytes=-2", 206, b"89", "bytes 8-9/10"),
        ("bytes=0-100", 206, b"0123456789", "bytes 0-9/10"),
        ("bytes=10-", 416, b"", "bytes */10"),
        ("bytes=4-2", 200, b"0123456789", None),
        ("lines=1-2", 200, b"0123456789", None),
        ("bytes=0-0,1-1,2-2,3-3,4-4,5-5,6-6,7-7,8-8", 200, b"0123456789", None),
    ],
)
def test_ranges(
    server: Native, value: str, status: int, body: bytes, content_range: str | None
) -> None:
    response = server.get("/static/ten.txt", f"Range: {value}")
    assert (response.status, response.body) == (status, body)
    assert response.headers.get("content-range") == content_range


def test_a_range_of_a_large_file(server: Native) -> None:
    response = server.get("/static/large.bin", "Range: bytes=100000-899999")
    assert response.status == 206 and response.body == LARGE[100_000:900_000]


def test_several_ranges(server: Native) -> None:
    for path, whole in (("ten.txt", b"0123456789"), ("large.bin", LARGE)):
        response = server.get(f"/static/{path}", "Range: bytes=5-6,0-1,-1")
        assert response.status == 206
        kind, _, boundary = response.headers["content-type"].partition("; boundary=")
        assert kind == "multipart/byteranges"
        parts = response.body.split(b"\r\n--" + boundary.encode())
        assert parts[0] == b"" and parts[-1] == b"--\r\n" and len(parts) == 5
        size = len(whole)
        wanted = [("5-6", whole[5:7]), ("0-1", whole[:2]), (f"{size - 1}-{size - 1}", whole[-1:])]
        for part, (span, body) in zip(parts[1:-1], wanted, strict=True):
            head, _, content = part.partition(b"\r\n\r\n")
            assert f"Content-Range: bytes {span}/{size}".encode() in head
            assert content == body


def test_if_range(server: Native) -> None:
    first = server.get("/static/ten.txt")
    for condition in (first.headers["etag"], first.headers["last-modified"]):
        fields = ("Range: bytes=0-1", f"If-Range: {condition}")
        assert server.get("/static/ten.txt", *fields).status == 206
    for condition in ('"x"', f"W/{first.headers['etag']}", "Thu, 01 Jan 1970 00:00:00 GMT"):
        fields = ("Range: bytes=0-1", f"If-Range: {condition}")
        assert server.get("/static/ten.txt", *fields).status == 200


def test_compressed_files(server: Native) -> None:
    plain = server.get("/static/script.js")
    assert plain.body == SCRIPT.encode() and "content-encoding" not in plain.headers
    assert plain.headers["vary"] == "Accept-Encoding"
    packed = server.get("/static/script.js", "Accept-Encoding: gzip")
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == SCRIPT.encode()
    assert packed.headers["content-type"] == "text/javascript; charset=utf-8"
    assert packed.headers["vary"] == "Accept-Encoding"
    assert packed.headers["etag"] != plain.headers["etag"]
    assert "vary" not in server.get("/static/ten.txt").headers
    refused = server.get("/static/script.js", "Accept-Encoding: gzip;q=0, identity")
    assert refused.body == plain.body


def test_the_coding_wanted_most(native, root: Path) -> None:
    for suffix, text in (("gz", "gzip"), ("br", "brotli!"), ("zst", "z")):
        (root / f"ten.txt.{suffix}").write_text(text)
    server = native(APPLICATION, static=[["/static/", str(root)]])
    for accept, body in (
        ("gzip, br, zstd", b"z"),  # equally: the smallest
        ("gzip, br;q=0.9, zstd;q=0.8", b"gzip"),
        ("br", b"brotli!"),
        ("zstd;q=0.1, br;q=0.2", b"brotli!"),
        ("*", b"z"),
        ("identity, gzip;q=0.5", b"0123456789"),
        ("deflate", b"0123456789"),
    ):
        assert server.get("/static/ten.txt", f"Accept-Encoding: {accept}").body == body, accept


def test_an_older_compressed_file_is_not_used(native, root: Path) -> None:
    os.utime(root / "script.js.gz", (1, 1))
    server = native(APPLICATION, static=[["/static/", str(root)]])
    response = server.get("/static/script.js", "Accept-Encoding: gzip")
    assert "content-encoding" not in response.headers


def test_what_collectstatic_writes_is_seen(server: Native, root: Path) -> None:
    first = server.get("/static/ten.txt")
    (root / "new.txt").write_text("new")
    assert server.get("/static/new.txt").body == b"new"
    (root / "ten.txt").write_text("changed")
    time.sleep(1.1)
    second = server.get("/static/ten.txt", f"If-None-Match: {first.headers['etag']}")
    assert (second.status, second.body) == (200, b"changed")
    (root / "ten.txt").unlink()
    time.sleep(1.1)
    assert server.get("/static/ten.txt").status == 404


def test_the_directory_may_come_later_and_be_replaced(native, tmp_path: Path) -> None:
    one, two, current = tmp_path / "one", tmp_path / "two", tmp_path / "current"
    server = native(APPLICATION, static=[["/static/", str(current)]])
    assert server.get("/static/a.txt").status == 404
    for directory in (one, two):
        directory.mkdir()
        (directory / "a.txt").write_text(directory.name)
    current.symlink_to(one)
    assert server.get("/static/a.txt").body == b"one"
    current.unlink()
    current.symlink_to(two)
    time.sleep(1.1)
    assert server.get("/static/a.txt").body == b"two"


def test_files_do_not_wait_for_views(server: Native, tmp_path: Path) -> None:
    """The only thread for views is busy until the file has been served, and longer."""
    with server.client() as slow, server.client() as queued:
        slow.send(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        assert server.get("/static/ten.txt").body == b"0123456789"
        queued.send(b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n")
        (tmp_path / "go").touch()
        assert slow.response().status == queued.response().status == 404


def test_pipelined_with_the_application(server: Native) -> None:
    with server.client() as client:
        paths = ["/static/ten.txt", "/x", "/static/large.bin", "/static/none", "/static/empty.txt"]
        for path in paths:
            client.send(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        bodies = [client.response().body for _ in paths]
    assert bodies == [b"0123456789", b"the application's", LARGE, b"the application's", b""]


def test_the_longest_prefix_counts(native, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name / "media").mkdir(parents=True)
        (tmp_path / name / "media" / "x.txt").write_text(name)
        (tmp_path / name / "x.txt").write_text(name)
    roots = [["/", str(tmp_path / "a")], ["/media/", str(tmp_path / "b")]]
    server = native(APPLICATION, static=roots)
    assert server.get("/x.txt").body == b"a"
    assert server.get("/media/x.txt").body == b"b"
