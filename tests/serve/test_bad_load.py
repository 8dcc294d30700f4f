"""Clients that are slow, greedy or gone, disks that are full: nobody else notices."""

from __future__ import annotations

import resource
import socket
import time
from pathlib import Path

import pytest
from nativeserver import Native
from serving import PATIENCE, until

APPLICATION = """
def application(environ, start_response):
    if environ["PATH_INFO"] == "/count":
        total = 0
        while piece := environ["wsgi.input"].read(65536):
            total += len(piece)
        start_response("200 OK", [])
        return [str(total).encode()]
    start_response("200 OK", [])
    if environ["PATH_INFO"] == "/large":
        return (b"x" * 65536 for _ in range(int(environ["QUERY_STRING"])))
    return [b"quick"]
"""

POST = b"POST /count HTTP/1.1\r\nHost: x\r\n"


def memory(server: Native) -> int:
    """Kilobytes resident."""
    text = Path(f"/proc/{server.pid}/status").read_text()
    return int(text.split("VmRSS:")[1].split()[0])


def still_serves(server: Native) -> None:
    assert server.get("/").body == b"quick"


def test_a_million_tiny_chunks(native) -> None:
    server = native(APPLICATION)
    with server.client() as client:
        client.send(POST + b"Transfer-Encoding: chunked\r\n\r\n")
        block = b"1\r\nx\r\n" * 10_000
        for _ in range(100):
            client.send(block)
        client.send(b"0\r\n\r\n")
        assert client.response().body == b"1000000"
    still_serves(server)


@pytest.mark.parametrize(
    ("beginning", "piece", "status"),
    [
        (b"GET /", b"x" * 4096, 414),
        (b"GET / HTTP/1.1\r\nHost: x\r\n", b"X-Flood: y\r\n" * 300, 431),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX-Endless: ", b"y" * 4096, 431),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n", b"1;" + b"x" * 4000 + b"\r\nx\r\n", 400),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X-Trailer: y\r\n" * 300, 431),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n", b"1000\r\n" + b"x" * 4096 + b"\r\n", 413),
    ],
)
def test_floods_end(native, beginning: bytes, piece: bytes, status: int) -> None:
    server = native(APPLICATION, limit_request_body=1 << 20)
    before = memory(server)
    with server.client() as client:
        client.send(beginning)
        deadline = time.monotonic() + PATIENCE
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            while time.monotonic() < deadline:
                client.send(piece)
                time.sleep(0.001)
    assert memory(server) < before + 20_000
    with server.client() as client:  # what it is told, if it listens
        client.send(beginning + piece * (600 if status == 413 else 40))
        assert client.response().status == status
    still_serves(server)


def test_who_takes_nothing_is_given_up(native) -> None:
    """One thread for views, and every client but one does not read."""
    server = native(APPLICATION, send_timeout=1)
    stuck = [server.client() for _ in range(4)]
    for client in stuck:
        client.send(b"GET /large?200 HTTP/1.1\r\nHost: x\r\n\r\n")
    still_serves(server)
    until(lambda: server.get("/").status == 200 and open_connections(server) <= 1)
    for client in stuck:
        client.socket.close()


def open_connections(server: Native) -> int:
    """Connections of the server that are not closed, counted by the kernel."""
    port = f":{server.port:04X}"
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    return sum(line.split()[1].endswith(port) and line.split()[3] == "01" for line in lines)


def limit_files(server: Native, size: int) -> None:
    """As if the disk had no more room than this for a file."""
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (size, size))


def test_a_full_disk_under_a_request(native, tmp_path: Path) -> None:
    server = native(APPLICATION, body_memory=10_000, temporary=str(tmp_path))
    limit_files(server, 100_000)
    with server.client() as large, server.client() as small:
        large.send(POST + b"Content-Length: 1000000\r\n\r\n" + b"x" * 500_000)
        assert large.response().status == 500
        small.send(POST + b"Content-Length: 50000\r\n\r\n" + b"x" * 50_000)
        assert small.response().body == b"50000"
    still_serves(server)


def test_a_full_disk_under_a_response(native, tmp_path: Path) -> None:
    """A thread waits for one such client; another one, and only that one, is given up."""
    server = native(APPLICATION, threads=2, temporary=str(tmp_path))
    limit_files(server, 100_000)
    with server.client() as first, server.client() as second:
        for client in (first, second):
            client.send(b"GET /large?200 HTTP/1.1\r\nHost: x\r\n\r\n")
            time.sleep(0.3)
        still_serves(server)
        assert len(first.response().body) == 200 * 65536
        with pytest.raises(EOFError):
            second.response()
    still_serves(server)


def test_without_a_full_disk_nobody_waits(native, tmp_path: Path) -> None:
    server = native(APPLICATION, threads=1, temporary=str(tmp_path))
    clients = [server.client() for _ in range(3)]
    for client in clients:
        client.send(b"GET /large?200 HTTP/1.1\r\nHost: x\r\n\r\n")
    still_serves(server)
    for client in clients:
        assert len(client.response().body) == 200 * 65536
        client.socket.close()
    assert list(tmp_path.glob("hotclub-*")) == []


def test_clients_that_leave_at_each_stage(native) -> None:
    server = native(APPLICATION)
    whole = b"POST /large?40 HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n0123456789"
    for cut in range(0, len(whole) + 1, 3):
        for hard in (False, True):
            client = server.client()
            client.send(whole[:cut])
            if hard:
                client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            client.socket.close()
    still_serves(server)
    until(lambda: open_connections(server) == 0)
    assert server.log == ""
