"""HTTP/1.1 on the wire, through a real process and raw sockets."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from serving import Serving

HOST = "\nHost: shop.example"


def test_the_environ_tells_the_request(serving: Serving) -> None:
    with serving.client() as client:
        response = client.request(
            f"GET /caf%C3%A9/a%2Fb?x=%20&y HTTP/1.1{HOST}\nAccept: */*\nX-Odd: 1\nX-Odd: 2\n"
            "Cookie: a=1\nCookie: b=2\nX_Odd: forged\nContent-Type: text/plain"
        )
        port = client.socket.getsockname()[1]
    seen = json.loads(response.body)
    expected = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/caf\xc3\xa9/a/b",
        "RAW_URI": "/caf%C3%A9/a%2Fb?x=%20&y",
        "QUERY_STRING": "x=%20&y",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": str(serving.port),
        "REMOTE_ADDR": "127.0.0.1",
        "REMOTE_PORT": str(port),
        "HTTP_HOST": "shop.example",
        "HTTP_ACCEPT": "*/*",
        "HTTP_X_ODD": "1,2",
        "HTTP_COOKIE": "a=1; b=2",
        "CONTENT_TYPE": "text/plain",
        "wsgi.url_scheme": "http",
        "wsgi.input_terminated": True,
        "wsgi.run_once": False,
    }
    assert {key: seen.get(key) for key in expected} == expected
    assert "CONTENT_LENGTH" not in seen and not any("spare" in key for key in seen)


def test_one_connection_serves_many_requests_in_order(serving: Serving) -> None:
    with serving.client() as client:
        for number in range(5):
            response = client.request(f"GET /{number}?q={number} HTTP/1.1{HOST}")
            seen = json.loads(response.body)
            assert (seen["PATH_INFO"], seen["QUERY_STRING"]) == (f"/{number}", f"q={number}")
        # What one request had is not seen by the next.
        client.request(f"GET / HTTP/1.1{HOST}\nX-Once: 1\nAccept: a/b")
        seen = json.loads(client.request(f"GET / HTTP/1.1{HOST}").body)
        assert "HTTP_X_ONCE" not in seen and "HTTP_ACCEPT" not in seen


def test_pipelined_requests_are_answered_in_order(serving: Serving) -> None:
    with serving.client() as client:
        client.send(b"".join(b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % n for n in range(50)))
        paths = [json.loads(client.response().body)["PATH_INFO"] for _ in range(50)]
    assert paths == [f"/{n}" for n in range(50)]


def test_a_body_in_chunks_has_a_content_length(serving: Serving) -> None:
    with serving.client() as client:
        chunks = b"3\r\nabc\r\n5;x=y\r\ndefgh\r\n0\r\nX-Trailer: 1\r\n\r\n"
        head = f"POST / HTTP/1.1{HOST}\nTransfer-Encoding: chunked"
        seen = json.loads(client.request(head, chunks).body)
        assert (seen["body"], seen["CONTENT_LENGTH"]) == ("abcdefgh", "8")
        assert "HTTP_TRANSFER_ENCODING" not in seen
        # The next request of the connection begins where the body ended.
        assert json.loads(client.request(f"GET /next HTTP/1.1{HOST}").body)["PATH_INFO"] == "/next"


@pytest.mark.parametrize("length", [1, 70_000, 3_000_000])
def test_bodies_of_any_size(serving: Serving, length: int) -> None:
    body = b"x" * length
    with serving.client() as client:
        head = f"POST /size HTTP/1.1{HOST}\nContent-Length: {length}"
        assert client.request(head, body).body == f"{length} {length}".encode()
        chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (length, body)
        head = f"POST /size HTTP/1.1{HOST}\nTransfer-Encoding: chunked"
        assert client.request(head, chunked).body == f"{length} {length}".encode()


def test_lines_of_the_body(serving: Serving) -> None:
    with serving.client() as client:
        body = b"abcde\nsecond\nthird\nfourth"
        head = f"POST /lines HTTP/1.1{HOST}\nContent-Length: {len(body)}"
        got = client.request(head, body).body.decode()
        assert got == repr([b"abc", b"de\n", [b"second\n"], [b"third\n", b"fourth"], b""])


def test_lines_of_a_body_in_a_file(serving: Serving) -> None:
    body = (b"y" * 9_999 + b"\n") * 200 + b"z" * 40_000 + b"\n" + b"w"
    with serving.client() as client:
        head = f"POST /big-lines HTTP/1.1{HOST}\nContent-Length: {len(body)}"
        assert client.request(head, body).body == b"40001"


def test_head_has_the_length_and_no_body(serving: Serving) -> None:
    with serving.client() as client:
        response = client.request(f"HEAD /several HTTP/1.1{HOST}")
        assert response.headers["content-length"] == "13"
        assert client.request(f"GET /several HTTP/1.1{HOST}").body == b"one two three"


@pytest.mark.parametrize(("path", "status"), [("/empty", 204), ("/unchanged", 304)])
def test_statuses_without_a_body(serving: Serving, path: str, status: int) -> None:
    with serving.client() as client:
        response = client.request(f"GET {path} HTTP/1.1{HOST}")
        assert response.status == status
        assert "content-length" not in response.headers
        assert "transfer-encoding" not in response.headers
        assert client.request(f"GET / HTTP/1.1{HOST}").status == 200


def test_an_empty_list_is_an_empty_body(serving: Serving) -> None:
    assert serving.get("/nothing").headers["content-length"] == "0"


def test_http_1_0_closes_unless_asked_not_to(serving: Serving) -> None:
    with serving.client() as client:
        assert client.request("GET / HTTP/1.0\nConnection: keep-alive").status == 200
        response = client.request("GET / HTTP/1.0")
        assert json.loads(response.body)["SERVER_PROTOCOL"] == "HTTP/1.0"
        assert client.closed()


def test_http_1_0_streams_until_the_end_of_the_connection(serving: Serving, tmp_path: Path) -> None:
    (tmp_path / "go").touch()
    with serving.client() as client:
        client.send(b"GET /streamed HTTP/1.0\r\n\r\n")
        head = client.head()
        assert "transfer-encoding" not in head.headers
        assert client.rest() == b"firstsecond"


def test_100_continue(serving: Serving) -> None:
    with serving.client() as client:
        client.send(
            b"POST /size HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"
        )
        assert client.read_until(b"\r\n\r\n").startswith(b"HTTP/1.1 100 ")
        client.send(b"12345")
        assert client.response().body == b"5 5"


def test_an_absolute_target_names_the_host(serving: Serving) -> None:
    with serving.client() as client:
        seen = json.loads(client.request("GET http://a.example/x?y HTTP/1.1\nHost: b.example").body)
        assert (seen["HTTP_HOST"], seen["PATH_INFO"], seen["QUERY_STRING"]) == (
            "a.example",
            "/x",
            "y",
        )


def test_response_headers(serving: Serving) -> None:
    with serving.client() as client:
        response = client.request(f"GET /cookies HTTP/1.1{HOST}")
        assert response.raw.count(b"Set-Cookie: ") == 2
        assert response.raw.startswith(b"HTTP/1.1 200 Fine\r\n")
        assert response.headers["server"] == "hotclub"
        assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT", response.headers["date"])


def test_a_large_response_arrives_whole(serving: Serving) -> None:
    response = serving.get("/large?20000000")
    assert len(response.body) == 20_000_000 and response.headers["content-length"] == "20000000"


def test_unix_sockets(start, tmp_path: Path) -> None:
    from serving import Client

    path = str(tmp_path / "sock")
    serving = start(Path(__file__).with_name("echo.py").read_text(), f"--bind=unix:{path}")
    with Client(path) as client:
        seen = json.loads(client.request(f"GET / HTTP/1.1{HOST}").body)
    assert seen["REMOTE_ADDR"] == "" and "REMOTE_PORT" not in seen
    assert serving.stop() == 0
    assert not Path(path).exists()


def test_each_listener_has_its_own_name(start) -> None:
    serving = start(
        Path(__file__).with_name("echo.py").read_text(), "--bind=127.0.0.1:0", "--bind=127.0.0.2:0"
    )
    second = re.search(r"http://127\.0\.0\.2:(\d+)", serving.log)
    assert second
    from serving import Client

    with Client(("127.0.0.2", int(second[1]))) as client:
        seen = json.loads(client.request(f"GET / HTTP/1.1{HOST}").body)
    assert (seen["SERVER_NAME"], seen["SERVER_PORT"]) == ("127.0.0.2", second[1])
    assert json.loads(serving.get().body)["SERVER_NAME"] == "127.0.0.1"
