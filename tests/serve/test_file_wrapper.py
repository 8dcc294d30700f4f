"""wsgi.file_wrapper, by sendfile(2) where the file allows it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from serving import PATIENCE, until

APPLICATION = """
import gzip, io, os, pathlib, tempfile

DATA = bytes(range(256)) * 20000  # 5 MB

class Shouting(io.BufferedReader):
    def read(self, size=-1):
        return super().read(size).upper()

class Proxy:
    # As Django's File: read is that of the file it holds.
    def __init__(self, file):
        self.file = file
    read = property(lambda self: self.file.read)
    def close(self):
        self.file.close()
        open("proxy-closed", "w").close()

def at(offset):
    file = open("data", "rb")
    file.seek(offset)
    return file

def written():
    file = tempfile.TemporaryFile()
    file.write(b"written to a temporary file")
    file.seek(0)
    return file

def piped():
    reader, writer = os.pipe()
    os.write(writer, b"through a pipe")
    os.close(writer)
    return open(reader, "rb")

def read_before():
    file = open("data", "rb")
    file.read(3)
    return file

def closed():
    file = open("data", "rb")
    file.close()
    return file

FILES = {
    "/plain": lambda: open("data", "rb"),
    "/raw": lambda: open("data", "rb", buffering=0),
    "/seek": lambda: at(1000),
    "/read": read_before,
    "/end": lambda: at(len(DATA)),
    "/beyond": lambda: at(len(DATA) + 5),
    "/proxy": lambda: Proxy(open("data", "rb")),
    "/written": written,
    "/pipe": piped,
    "/gzip": lambda: gzip.open("data.gz", "rb"),
    "/shouting": lambda: Shouting(open("text", "rb", buffering=0)),
    "/memory": lambda: io.BytesIO(b"in memory"),
    "/closed": closed,
    "/text": lambda: open("text"),
}

pathlib.Path("data").write_bytes(DATA)
pathlib.Path("text").write_text("some text")
pathlib.Path("data.gz").write_bytes(gzip.compress(b"uncompressed"))

def application(environ, start_response):
    path, query = environ["PATH_INFO"], environ["QUERY_STRING"]
    headers = [("Content-Length", query)] if query else []
    write = start_response("200 OK", headers)
    if path == "/write-first":
        write(b"first, ")
        return environ["wsgi.file_wrapper"](open("text", "rb"))
    return environ["wsgi.file_wrapper"](FILES[path](), 8192)
"""

DATA = bytes(range(256)) * 20000


@pytest.mark.parametrize(
    ("path", "body", "length"),
    [
        ("/plain", DATA, len(DATA)),
        ("/raw", DATA, len(DATA)),
        ("/seek", DATA[1000:], len(DATA) - 1000),
        ("/read", DATA[3:], len(DATA) - 3),
        ("/end", b"", 0),
        ("/beyond", b"", 0),
        ("/proxy", DATA, len(DATA)),
        ("/written", b"written to a temporary file", 27),
        ("/pipe", b"through a pipe", None),
        ("/gzip", b"uncompressed", None),
        ("/shouting", b"SOME TEXT", None),
        ("/memory", b"in memory", None),
        ("/plain?100", DATA[:100], 100),
        ("/write-first", b"first, some text", None),
    ],
)
def test_what_is_sent(native, path: str, body: bytes, length: int | None) -> None:
    """A length that nobody gave shows that the kernel sent the file."""
    server = native(APPLICATION)
    with server.client() as client:
        response = client.request(f"GET {path} HTTP/1.1\nHost: x")
        assert (response.status, response.body) == (200, body)
        assert response.headers.get("content-length") == (None if length is None else str(length))
        head = client.request(f"HEAD {path} HTTP/1.1\nHost: x")
        if body:  # an empty one says nothing about what GET would bring
            assert head.headers.get("content-length") == response.headers.get("content-length")
        assert client.request("GET /memory HTTP/1.1\nHost: x").body == b"in memory"
    assert server.log == ""


def test_http_1_0(native) -> None:
    server = native(APPLICATION)
    with server.client() as client:
        client.send(b"GET /plain HTTP/1.0\r\n\r\n")
        assert client.response().body == DATA
        assert client.closed()


@pytest.mark.parametrize(
    ("path", "error"), [("/closed", "ValueError"), ("/text", "must be bytes, not str")]
)
def test_files_that_cannot_be_sent(native, path: str, error: str) -> None:
    server = native(APPLICATION)
    assert server.get(path).status == 500
    until(lambda: error in server.log)


def test_the_file_is_closed_and_no_descriptor_is_left(native, tmp_path: Path) -> None:
    server = native(APPLICATION)

    def descriptors() -> int:
        return len(os.listdir(f"/proc/{server.pid}/fd"))

    with server.client() as client:
        client.request("GET /memory HTTP/1.1\nHost: x")
        before = descriptors()
        for _ in range(20):
            assert client.request("GET /proxy HTTP/1.1\nHost: x").body == DATA
        until(lambda: descriptors() == before)
    assert (tmp_path / "proxy-closed").exists()


def test_a_slow_reader_holds_no_thread(native) -> None:
    """One thread, five clients that do not read: the sixth is served, and then they are."""
    server = native(APPLICATION, threads=1)
    slow = [server.client() for _ in range(5)]
    for client in slow:
        client.send(b"GET /plain HTTP/1.1\r\nHost: x\r\n\r\n")
    assert server.get("/memory").body == b"in memory"
    for client in slow:
        client.socket.settimeout(PATIENCE)
        assert client.response().body == DATA
        client.socket.close()


def test_a_client_that_leaves(native) -> None:
    server = native(APPLICATION)
    for _ in range(5):
        with server.client() as client:
            client.send(b"GET /plain HTTP/1.1\r\nHost: x\r\n\r\n")
            client.read_exactly(1000)
    assert server.get("/memory").body == b"in memory"
    assert server.log == ""
