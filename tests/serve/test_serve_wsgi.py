"""PEP 3333: what an application may do, and what happens when it does something else."""

from __future__ import annotations

from pathlib import Path

import pytest
from serving import Serving, until

HOST = "\nHost: x"

MISTAKES = Path(__file__).with_name("mistakes.py").read_text()


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
