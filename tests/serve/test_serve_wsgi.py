"""PEP 3333: what an application may do, and what happens when it does something else."""

from __future__ import annotations

from pathlib import Path

import pytest
from serving import Serving, until

HOST = "\nHost: x"

MISTAKES = """
import sys

def raises(environ, start_response):
    raise LookupError("raised at once")

def raises_after_start(environ, start_response):
    start_response("200 OK", [("X-Wrong", "1")])
    raise LookupError("raised after start_response")

def raises_in_iteration(environ, start_response):
    start_response("200 OK", [])
    raise LookupError("raised before the first piece")
    yield b""

def raises_after_a_piece(environ, start_response):
    start_response("200 OK", [])
    yield b"begun"
    raise LookupError("raised after a piece")

def raises_after_a_sized_piece(environ, start_response):
    start_response("200 OK", [("Content-Length", "10")])
    yield b"begun"
    raise LookupError("raised after a piece")

class Closing:
    def __init__(self, pieces, error=None):
        self.pieces, self.error = pieces, error
    def __iter__(self):
        return iter(self.pieces)
    def close(self):
        print("closed", file=sys.stderr, flush=True)
        if self.error:
            raise self.error

def closes(environ, start_response):
    start_response("200 OK", [])
    return Closing([b"fine"])

def closes_generator(environ, start_response):
    start_response("200 OK", [])
    try:
        yield b"a"
        yield b"b"
    finally:
        print("generator closed", file=sys.stderr, flush=True)

def raises_in_close(environ, start_response):
    start_response("200 OK", [])
    return Closing([b"fine"], LookupError("raised in close"))

def closes_after_error(environ, start_response):
    start_response("200 OK", [])
    def pieces():
        raise LookupError("raised while iterating")
        yield b""
    return Closing(pieces())

def exits(environ, start_response):
    raise SystemExit("leaving")

def no_start(environ, start_response):
    return [b"x"]

def returns_none(environ, start_response):
    start_response("200 OK", [])

def returns_str(environ, start_response):
    start_response("200 OK", [])
    return ["text"]

def returns_a_tuple_inside(environ, start_response):
    start_response("200 OK", [])
    return [(b"text",)]

def yields_str(environ, start_response):
    start_response("200 OK", [])
    yield "text"

def starts_twice(environ, start_response):
    start_response("200 OK", [])
    start_response("200 OK", [])
    return [b"x"]

def replaces(environ, start_response):
    start_response("200 OK", [("X-First", "1")])
    try:
        raise LookupError("found while rendering")
    except LookupError:
        start_response("503 Busy", [("X-Second", "1")], sys.exc_info())
    return [b"sorry"]

def replaces_too_late(environ, start_response):
    start_response("200 OK", [])
    yield b"begun"
    try:
        raise LookupError("found too late")
    except LookupError:
        start_response("503 Busy", [], sys.exc_info())

def keeps_start_response(environ, start_response):
    if not hasattr(sys, "kept"):
        sys.kept = start_response
        sys.kept_input = environ["wsgi.input"]
        start_response("200 OK", [])
        return [b"kept"]
    errors = []
    for call in (
        lambda: sys.kept("200 OK", []),
        lambda: sys.kept.write(b"x"),
        lambda: sys.kept_input.read(),
    ):
        try:
            call()
        except Exception as error:
            errors.append(str(error))
    start_response("200 OK", [])
    return ["; ".join(errors).encode()]

def wrong(environ, start_response):
    arguments = {
        "status-type": (b"200 OK", []),
        "status-short": ("20", []),
        "status-text": ("fine", []),
        "status-glued": ("200OK", []),
        "status-1xx": ("101 Switching Protocols", []),
        "status-break": ("200 OK\\r\\nX: 1", []),
        "status-latin": ("200 \\u20ac", []),
        "headers-none": ("200 OK", None),
        "headers-dict": ("200 OK", {"A": "b"}),
        "header-list": ("200 OK", [["A", "b"]]),
        "header-three": ("200 OK", [("A", "b", "c")]),
        "header-bytes": ("200 OK", [(b"A", b"b")]),
        "value-int": ("200 OK", [("Content-Length", 5)]),
        "value-break": ("200 OK", [("A", "b\\r\\nSet-Cookie: c")]),
        "value-newline": ("200 OK", [("A", "b\\nc")]),
        "value-nul": ("200 OK", [("A", "b\\0")]),
        "value-latin": ("200 OK", [("A", "\\u20ac")]),
        "name-space": ("200 OK", [("A B", "c")]),
        "name-colon": ("200 OK", [("A:", "c")]),
        "name-empty": ("200 OK", [("", "c")]),
        "length-sign": ("200 OK", [("Content-Length", "-1")]),
        "length-two": ("200 OK", [("Content-Length", "1"), ("Content-Length", "2")]),
        "one": ("200 OK",),
        "four": ("200 OK", [], None, None),
    }[environ["QUERY_STRING"]]
    try:
        start_response(*arguments)
    except (TypeError, ValueError) as error:
        start_response("400 Refused", [("X-Error", type(error).__name__)])
        return [str(error).encode()]
    return [b"accepted"]

def keyword(environ, start_response):
    start_response("200 OK", [], exc_info=None)
    return [b"fine"]

def threads(environ, start_response):
    import threading
    start_response("200 OK", [])
    main = threading.current_thread() is threading.main_thread()
    return [f"{main} {threading.current_thread().name}".encode()]

def application(environ, start_response):
    return globals()[environ["PATH_INFO"][1:]](environ, start_response)
"""


@pytest.fixture
def broken(start) -> Serving:
    """An application with every mistake there is, one for each path."""
    return start(MISTAKES)


def test_the_validator_of_the_standard_library_finds_nothing(start) -> None:
    serving = start(
        """
        from wsgiref.validate import validator

        def plain(environ, start_response):
            body = environ["wsgi.input"].read(10) + environ["wsgi.input"].readline()
            list(environ["wsgi.input"])
            environ["wsgi.input"].readlines()
            environ["wsgi.errors"].write("")
            environ["wsgi.errors"].flush()
            if environ["PATH_INFO"] == "/written":
                start_response("200 OK", [("Content-Type", "text/plain")])(b"written ")
            else:
                start_response("200 OK", [("Content-Type", "text/plain")])
            return [body] if environ["PATH_INFO"] == "/list" else iter([body, b" end"])

        application = validator(plain)
        """
    )
    with serving.client() as client:
        for path in ("/list", "/iterated", "/written"):
            for method, body in (("GET", b""), ("POST", b"line 1\nline 2\n")):
                head = f"{method} {path}?q=1 HTTP/1.1{HOST}\nContent-Length: {len(body)}"
                assert client.request(head, body).status == 200
            chunked = f"POST {path} HTTP/1.1{HOST}\nTransfer-Encoding: chunked"
            assert client.request(chunked, b"2\r\nab\r\n0\r\n\r\n").status == 200
    assert "Error" not in serving.log and "Warning" not in serving.log


def test_pieces_leave_as_they_are_made(serving: Serving, tmp_path: Path) -> None:
    with serving.client() as client:
        client.send(b"GET /streamed HTTP/1.1\r\nHost: x\r\n\r\n")
        assert client.head().headers["transfer-encoding"] == "chunked"
        assert client.read_until(b"first\r\n") == b"5\r\nfirst\r\n"
        until((tmp_path / "waiting").exists)
        (tmp_path / "go").touch()
        assert client.read_until(b"0\r\n\r\n") == b"6\r\nsecond\r\n0\r\n\r\n"


@pytest.mark.parametrize(
    ("path", "body", "length"),
    [
        ("/several", b"one two three", "13"),
        ("/written", b"by hand, then returned", None),
        ("/sized", b"0123456789", "10"),
        ("/too-long", b"abc", "3"),
    ],
)
def test_bodies(serving: Serving, path: str, body: bytes, length: str | None) -> None:
    with serving.client() as client:
        response = client.request(f"GET {path} HTTP/1.1{HOST}")
        assert response.body == body and response.headers.get("content-length") == length
        assert client.request(f"GET / HTTP/1.1{HOST}").status == 200


def test_a_body_shorter_than_its_length_ends_the_connection(serving: Serving) -> None:
    with serving.client() as client:
        client.send(b"GET /too-short HTTP/1.1\r\nHost: x\r\n\r\n")
        assert client.head().headers["content-length"] == "10"
        assert client.rest() == b"abc"
    until(lambda: "fewer bytes" in serving.log)


def test_the_file_wrapper(serving: Serving) -> None:
    assert serving.get("/file").body == Path(serving.directory, "app.py").read_bytes()


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("raises", "LookupError: raised at once"),
        ("raises_after_start", "LookupError: raised after start_response"),
        ("raises_in_iteration", "LookupError: raised before the first piece"),
        ("closes_after_error", "LookupError: raised while iterating"),
        ("exits", "SystemExit: leaving"),
        ("no_start", "did not call start_response"),
        ("returns_none", "TypeError"),
        ("returns_str", "must be bytes, not str"),
        ("returns_a_tuple_inside", "must be bytes, not tuple"),
        ("yields_str", "must be bytes, not str"),
        ("starts_twice", "a second time without exc_info"),
    ],
)
def test_a_failure_before_the_head_is_a_500(broken: Serving, path: str, text: str) -> None:
    with broken.client() as client:
        response = client.request(f"GET /{path}?secret HTTP/1.1{HOST}")
        assert response.status == 500 and "x-wrong" not in response.headers
        assert b"LookupError" not in response.body
        assert client.request(f"GET /closes HTTP/1.1{HOST}").body == b"fine"
    until(lambda: text in broken.log)
    assert f"GET /{path}" in broken.log
    if path == "closes_after_error":
        assert "closed" in broken.log


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("raises_after_a_piece", "raised after a piece"),
        ("raises_after_a_sized_piece", "raised after a piece"),
        ("replaces_too_late", "found too late"),
    ],
)
def test_a_failure_after_the_head_cuts_the_connection(
    broken: Serving, path: str, text: str
) -> None:
    with broken.client() as client:
        client.send(f"GET /{path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert client.head().status == 200
        rest = client.rest()
        assert b"begun" in rest and not rest.endswith(b"0\r\n\r\n")
    until(lambda: f"LookupError: {text}" in broken.log)
    assert broken.get("/closes").status == 200


def test_close_is_called(broken: Serving) -> None:
    assert broken.get("/closes").body == b"fine"
    until(lambda: broken.log.count("closed") == 1)
    assert broken.get("/closes_generator").body == b"ab"
    until(lambda: "generator closed" in broken.log)


def test_a_failing_close_does_not_harm_the_response(broken: Serving) -> None:
    assert broken.get("/raises_in_close").body == b"fine"
    until(lambda: "LookupError: raised in close" in broken.log)


def test_a_generator_is_closed_when_its_client_has_gone(start, tmp_path: Path) -> None:
    serving = start(
        """
        import os, time

        def application(environ, start_response):
            start_response("200 OK", [])
            try:
                while True:
                    yield b"x" * 10000
                    time.sleep(0.01)
            finally:
                open("closed", "w").close()
        """
    )
    with serving.client() as client:
        client.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        client.head()
    until((tmp_path / "closed").exists)
    assert "Traceback" not in serving.log


def test_exc_info_replaces_a_head_that_has_not_gone(broken: Serving) -> None:
    response = broken.get("/replaces")
    assert (response.status, response.body) == (503, b"sorry")
    assert "x-first" not in response.headers and response.headers["x-second"] == "1"


def test_what_an_application_keeps_cannot_touch_another_request(broken: Serving) -> None:
    with broken.client() as client:
        head = f"POST /keeps_start_response HTTP/1.1{HOST}\nContent-Length: 3"
        assert client.request(head, b"abc").body == b"kept"
        said = client.request(head, b"abc").body.decode()
        assert said.count("ended") == 3
        assert client.request(f"GET /closes HTTP/1.1{HOST}").body == b"fine"


VALUE_ERRORS = (
    "status-short status-text status-glued status-1xx status-break status-latin value-break"
    " value-newline value-nul value-latin name-space name-colon name-empty length-sign length-two"
)
TYPE_ERRORS = (
    "status-type headers-none headers-dict header-list header-three header-bytes value-int one four"
)


@pytest.mark.parametrize(
    ("case", "error"),
    [
        *((case, "ValueError") for case in VALUE_ERRORS.split()),
        *((case, "TypeError") for case in TYPE_ERRORS.split()),
    ],
)
def test_start_response_refuses(broken: Serving, case: str, error: str) -> None:
    response = broken.get(f"/wrong?{case}")
    assert (response.status, response.headers.get("x-error")) == (400, error), response.body


def test_exc_info_by_keyword(broken: Serving) -> None:
    assert broken.get("/keyword").body == b"fine"


def test_views_never_run_on_the_main_thread(broken: Serving) -> None:
    assert broken.get("/threads").body.startswith(b"False hotclub-")
