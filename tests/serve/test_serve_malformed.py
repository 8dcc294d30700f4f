"""Malformed requests, limits, slow clients, clients that leave."""

from __future__ import annotations

from pathlib import Path

import pytest
from serving import Serving, until

HOST = "\nHost: shop.example"

MALFORMED = {
    "no host": ("GET / HTTP/1.1\r\n\r\n", 400),
    "two hosts": ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
    "space before colon": ("GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400),
    "folded line": ("GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n", 400),
    "no colon": ("GET / HTTP/1.1\r\nHost: a\r\nnonsense\r\n\r\n", 400),
    "bare CR": ("GET / HTTP/1.1\r\nHost: a\r\nX: 1\r2\r\n\r\n", 400),
    "NUL": ("GET / HTTP/1.1\r\nHost: a\r\nX: 1\0\r\n\r\n", 400),
    "bad method": ("GE(T / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "bad target": ("GET nonsense HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "bad version": ("GET / HTTP/x\r\nHost: a\r\n\r\n", 400),
    "other version": ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
    "two lengths": (
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        400,
    ),
    "bad length": ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n", 400),
    "length and chunks": (
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        400,
    ),
    "unknown coding": ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
    "bad chunk": (
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        400,
    ),
    "expectation": (
        "POST / HTTP/1.1\r\nHost: a\r\nExpect: wonders\r\nContent-Length: 1\r\n\r\n",
        417,
    ),
    "long line": (f"GET /{'x' * 9000} HTTP/1.1\r\nHost: a\r\n\r\n", 414),
    "large headers": (f"GET / HTTP/1.1\r\nHost: a\r\nX: {'x' * 70_000}\r\n\r\n", 431),
    "many headers": ("GET / HTTP/1.1\r\nHost: a\r\n" + "X: 1\r\n" * 200 + "\r\n", 431),
    "large body": ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1099511627776\r\n\r\n", 413),
    "TLS": ("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
}  # fmt: skip


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_requests_are_refused_and_closed(serving: Serving, name: str) -> None:
    request, status = MALFORMED[name]
    with serving.client() as client:
        client.send(request.encode("latin-1"))
        assert client.response().status == status
        assert client.closed()
    assert serving.get().status == 200


def test_limits_are_those_asked_for(start, tmp_path: Path) -> None:
    serving = start(
        Path(__file__).with_name("echo.py").read_text(),
        "--limit-request-line=100",
        "--limit-request-headers=500",
        "--limit-request-fields=5",
        "--limit-request-body=1000",
        f"--temporary={tmp_path}",
    )
    for head, status in (
        (f"GET /{'x' * 200} HTTP/1.1{HOST}", 414),
        (f"GET / HTTP/1.1{HOST}\nX: {'x' * 600}", 431),
        (f"GET / HTTP/1.1{HOST}{chr(10).join(['', *['X: 1'] * 5])}", 431),
        (f"POST / HTTP/1.1{HOST}\nContent-Length: 1001", 413),
    ):
        with serving.client() as client:
            assert client.request(head).status == status
    with serving.client() as client:
        chunks = b"3e9\r\n" + b"x" * 1001 + b"\r\n0\r\n\r\n"
        head = f"POST / HTTP/1.1{HOST}\nTransfer-Encoding: chunked"
        assert client.request(head, chunks).status == 413


def test_slow_clients_are_timed_out(start) -> None:
    serving = start(
        Path(__file__).with_name("echo.py").read_text(),
        "--header-timeout=1",
        "--body-timeout=1",
        "--keep-alive=1",
    )
    with serving.client() as slow, serving.client() as slower, serving.client() as idle:
        slow.send(b"GET / HTTP/1.1\r\nHos")
        slower.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc")
        assert idle.request(f"GET / HTTP/1.1{HOST}").status == 200
        assert slow.response().status == 408
        assert slower.response().status == 408
        assert idle.closed()


def test_clients_that_leave_do_no_harm(serving: Serving) -> None:
    for sent in (
        b"",
        b"GET",
        b"GET / HTTP/1.1\r\nHost: x\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /large?50000000 HTTP/1.1\r\nHost: x\r\n\r\n",
    ):
        with serving.client() as client:
            client.send(sent)
    assert serving.get().status == 200
    assert "Traceback" not in serving.log


def test_a_client_that_leaves_while_a_response_streams(serving: Serving, tmp_path: Path) -> None:
    with serving.client() as client:
        client.send(b"GET /streamed HTTP/1.1\r\nHost: x\r\n\r\n")
        client.read_until(b"first\r\n")
    until((tmp_path / "waiting").exists)
    (tmp_path / "go").touch()
    assert serving.get().status == 200
    assert "Traceback" not in serving.log
