"""What a proxy in front may say, and what others may not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

ECHO = Path(__file__).with_name("echo.py").read_text()
NOBODY = "--forwarded-allow-ips=192.0.2.1"


def seen(serving, path: str = "/", *headers: str, address: str | None = None) -> dict:
    return json.loads(serving.get(path, *headers, address=address).body)


@pytest.mark.parametrize(
    ("header", "scheme"),
    [
        ("X-Forwarded-Proto: https", "https"),
        ("x-forwarded-proto: http", "http"),
        ("X-Forwarded-Proto: HTTPS", "http"),
        ("X-Forwarded-Protocol: ssl", "https"),
        ("X-Forwarded-Ssl: on", "https"),
        ("X-Forwarded-Port: 443", "http"),
    ],
)
def test_the_scheme_comes_from_those_we_believe(start, header: str, scheme: str) -> None:
    assert seen(start(ECHO), "/", header)["wsgi.url_scheme"] == scheme
    assert seen(start(ECHO, NOBODY), "/", header)["wsgi.url_scheme"] == "http"


@pytest.mark.parametrize("networks", ["*", "10.0.0.0/8,127.0.0.0/8", "127.0.0.1"])
def test_whom_we_believe(start, networks: str) -> None:
    serving = start(ECHO, f"--forwarded-allow-ips={networks}")
    assert seen(serving, "/", "X-Forwarded-Proto: https")["wsgi.url_scheme"] == "https"
    serving = start(ECHO, environ={"FORWARDED_ALLOW_IPS": networks})
    assert seen(serving, "/", "X-Forwarded-Proto: https")["wsgi.url_scheme"] == "https"


def test_a_unix_socket_is_believed(start, tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    serving = start(ECHO, f"--bind=unix:{path}", NOBODY)
    got = seen(serving, "/", "X-Forwarded-Proto: https", address=path)
    assert got["wsgi.url_scheme"] == "https"


def test_schemes_that_contradict_one_another(start) -> None:
    both = ("X-Forwarded-Proto: https", "X-Forwarded-Ssl: off")
    serving = start(ECHO)
    response = serving.get("/", *both)
    assert (response.status, response.headers["connection"]) == (400, "close")
    assert seen(start(ECHO, NOBODY), "/", *both)["wsgi.url_scheme"] == "http"
    assert seen(serving, "/", "X-Forwarded-Proto: https", "X-Forwarded-Ssl: on")


def test_other_headers_for_the_scheme(start, tmp_path: Path) -> None:
    text = "secure_scheme_headers = {'X-TLS': 'yes'}\n"
    (tmp_path / "gunicorn.conf.py").write_text(text)
    serving = start(ECHO)
    assert seen(serving, "/", "X-Tls: yes")["wsgi.url_scheme"] == "https"
    assert seen(serving, "/", "X-Forwarded-Proto: https")["wsgi.url_scheme"] == "http"


def test_names_with_an_underscore(start) -> None:
    spoofed = ("X-Real-User: alice", "X_Real_User: mallory")
    assert seen(start(ECHO), "/", *spoofed)["HTTP_X_REAL_USER"] == "alice"
    allowed = ("--forwarder-headers=X_REAL_USER,SCRIPT_NAME",)
    got = seen(start(ECHO, *allowed), "/", "x_real_user: bob")
    assert got["HTTP_X_REAL_USER"] == "bob"
    assert "HTTP_X_REAL_USER" not in seen(start(ECHO, *allowed, NOBODY), "/", spoofed[1])
    dangerous = seen(start(ECHO, "--header-map=dangerous", NOBODY), "/", *spoofed)
    assert dangerous["HTTP_X_REAL_USER"] == "alice,mallory"
    refuse = start(ECHO, "--header-map=refuse")
    response = refuse.get("/", spoofed[1])
    assert (response.status, response.headers["connection"]) == (400, "close")
    assert refuse.get("/", spoofed[0]).status == 200


@pytest.mark.parametrize("mount", ["/shop", "/shop/"])
def test_a_mounted_application(start, mount: str) -> None:
    serving = start(ECHO, environ={"SCRIPT_NAME": mount})
    got = seen(serving, "/shop/cart?x=1")
    assert (got["SCRIPT_NAME"], got["PATH_INFO"], got["RAW_URI"]) == (
        "/shop", "/cart", "/shop/cart?x=1",
    )  # fmt: skip
    assert seen(serving, "/shop")["PATH_INFO"] == ""
    assert serving.get("/shopping").status == serving.get("/other").status == 404


def test_a_proxy_may_mount_it(start) -> None:
    got = seen(start(ECHO), "/a/b", "Script_Name: /a")
    assert (got["SCRIPT_NAME"], got["PATH_INFO"]) == ("/a", "/b")
    got = seen(start(ECHO, NOBODY), "/a/b", "Script_Name: /a")
    assert (got["SCRIPT_NAME"], got["PATH_INFO"]) == ("", "/a/b")
    got = seen(start(ECHO), "/a/b", "Script-Name: /a")
    assert (got["SCRIPT_NAME"], got["PATH_INFO"]) == ("", "/a/b")


def test_the_proxy_protocol_by_option(start) -> None:
    with start(ECHO, "--proxy-protocol").client() as client:
        line = "PROXY TCP4 192.0.2.7 192.0.2.1 1234 80\n"
        got = json.loads(client.request(f"{line}GET / HTTP/1.1\nHost: x").body)
    assert (got["REMOTE_ADDR"], got["REMOTE_PORT"]) == ("192.0.2.7", "1234")
    with start(ECHO).client() as client:
        assert client.request(f"{line}GET / HTTP/1.1\nHost: x").status == 400
