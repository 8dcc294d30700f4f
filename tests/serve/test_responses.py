"""What of an application's response goes over the wire, and how it is framed (RFC 9110, 9112)."""

from __future__ import annotations

import pytest
from serving import Client

APPLICATION = """
HOP_BY_HOP = [
    ("Connection", "keep-alive, X-Own"), ("Keep-Alive", "timeout=5"), ("TE", "trailers"),
    ("Trailer", "X-End"), ("Transfer-Encoding", "chunked"), ("Upgrade", "h2c"),
    ("Proxy-Authenticate", "Basic"), ("Proxy-Authorization", "x"), ("X-Own", "stays"),
]

def application(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/hop":
        start_response("200 OK", HOP_BY_HOP)
        return [b"body"]
    if path == "/close":
        start_response("200 OK", [("Connection", "close")])
        return [b"body"]
    if path == "/stream":
        start_response("200 OK", [])
        return (piece for piece in (b"one, ", b"two"))
    if path == "/none":
        start_response("200 OK", [])
        return []
    status = path[1:]
    start_response(f"{status} Text", [("Content-Length", "10"), ("ETag", '"x"')])
    return [b"0123456789"]
"""


@pytest.fixture
def client(native):
    server = native(APPLICATION)
    with server.client() as client:
        yield client


def get(client: Client, path: str, method: str = "GET"):
    return client.request(f"{method} {path} HTTP/1.1\nHost: x")


def test_fields_of_the_connection_are_not_the_applications(client: Client) -> None:
    response = get(client, "/hop")
    assert response.headers.keys() == {"x-own", "server", "date", "content-length"}
    assert response.body == b"body"
    assert get(client, "/hop").status == 200  # and the connection goes on
    assert get(client, "/close").headers["connection"] == "close"
    assert client.closed()


@pytest.mark.parametrize(
    ("status", "length"), [("204", None), ("205", "0"), ("304", "10"), ("200", "10")]
)
def test_statuses_without_a_body(client: Client, status: str, length: str | None) -> None:
    for method in ("HEAD", "GET"):
        if (status, method) != ("200", "GET"):
            client.send(f"{method} /{status} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            response = client.head()
            assert response.status == int(status)
            assert response.headers.get("content-length") == length
            assert "transfer-encoding" not in response.headers
    assert get(client, "/200").body == b"0123456789"  # nothing was left over


def test_head_of_what_is_streamed(client: Client) -> None:
    client.send(b"HEAD /stream HTTP/1.1\r\nHost: x\r\n\r\n")
    assert "content-length" not in client.head().headers
    assert get(client, "/stream").body == b"one, two"
    assert get(client, "/none").headers["content-length"] == "0"


def test_http_1_0(native) -> None:
    server = native(APPLICATION)
    with server.client() as client:
        client.send(b"GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        response = client.response()
        assert "transfer-encoding" not in response.headers
        assert response.headers["connection"] == "close" and response.body == b"one, two"
    with server.client() as client:
        for _ in range(2):
            client.send(b"GET /200 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            response = client.response()
            assert response.headers["connection"] == "keep-alive"
            assert response.body == b"0123456789"
        client.send(b"GET /200 HTTP/1.0\r\n\r\n")
        assert client.response().headers["connection"] == "close"
        assert client.closed()
