"""wsgi.early_hints: 103 (Early Hints) before the response (RFC 8297)."""

from __future__ import annotations

from serving import until

APPLICATION = """
LINK = ("Link", "</style.css>; rel=preload; as=style")

def application(environ, start_response):
    hints = environ["wsgi.early_hints"]
    if environ["PATH_INFO"] == "/bad":
        try:
            hints([("Link", "a\\r\\nb: c")])
        except ValueError as error:
            start_response("400 Bad", [])
            return [str(error).encode()]
    if environ["PATH_INFO"] == "/kept":
        global kept
        kept, late = hints, globals().get("kept")
        start_response("200 OK", [])
        if late:
            try:
                late([LINK])
            except RuntimeError as error:
                return [str(error).encode()]
        return [b"kept"]
    hints([LINK])
    hints([LINK, ("Link", "</more.css>; rel=preload")])
    write = start_response("200 OK", [("Content-Length", "4")])
    write(b"bo")
    hints([LINK])  # too late: without effect
    return [b"dy"]
"""

FIRST = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload; as=style\r\n"


def test_hints_go_before_the_response(native) -> None:
    server = native(APPLICATION)
    with server.client() as client:
        for _ in range(2):
            client.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert client.read_until(b"\r\n\r\n") == FIRST + b"\r\n"
            second = client.read_until(b"\r\n\r\n")
            assert second == FIRST + b"Link: </more.css>; rel=preload\r\n\r\n"
            assert client.response().body == b"body"


def test_not_for_http_1_0(native) -> None:
    server = native(APPLICATION)
    with server.client() as client:
        client.send(b"GET / HTTP/1.0\r\n\r\n")
        assert client.response().body == b"body"


def test_bad_fields_are_refused(native) -> None:
    server = native(APPLICATION)
    response = server.get("/bad")
    assert response.status == 400 and b"control characters" in response.body


def test_kept_hints_cannot_touch_another_request(native) -> None:
    server = native(APPLICATION)
    with server.client() as client:
        assert client.request("GET /kept HTTP/1.1\nHost: x").body == b"kept"
        said = client.request("GET /kept HTTP/1.1\nHost: x").body
        assert said == b"early_hints was called after its request had ended"
    until(lambda: server.log == "")
