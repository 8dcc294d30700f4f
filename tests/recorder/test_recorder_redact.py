"""What is left out of recordings, and what is not."""

from __future__ import annotations

import json

import pytest

from hotclub.agent.recorder import _redact as redact

HIDDEN = redact.REDACTED


@pytest.mark.parametrize(
    "name",
    ["password", "new_password1", "PASSWD", "api_key", "X-Api-Key", "apikey", "access_token",
     "csrfmiddlewaretoken", "client_secret", "sessionid", "Authorization", "X-Auth", "pin", "cvv",
     "card_number", "iban"],
)  # fmt: skip
def test_secrets(name: str) -> None:
    assert redact.is_secret(name)


@pytest.mark.parametrize(
    "name", ["page", "author", "q", "shipping", "opinion", "Accept", "next", "compass", "title"]
)
def test_not_secrets(name: str) -> None:
    assert not redact.is_secret(name)


def test_headers() -> None:
    pairs = [
        ("Authorization", "Bearer abc"),
        ("Cookie", "sessionid=abc; theme=dark"),
        ("Set-Cookie", "sessionid=abc; Path=/; HttpOnly"),
        ("X-Csrftoken", "abc"),
        ("Accept", "text/html"),
        ("Location", "/next/?token=abc&page=2"),
    ]
    assert redact.headers(pairs) == [
        ("Authorization", HIDDEN),
        ("Cookie", f"sessionid={HIDDEN}; theme={HIDDEN}"),
        ("Set-Cookie", f"sessionid={HIDDEN}; Path=/; HttpOnly"),
        ("X-Csrftoken", HIDDEN),
        ("Accept", "text/html"),
        ("Location", "/next/?token=%5Bredacted%5D&page=2"),
    ]


def test_queries_without_secrets_are_left_as_they_are() -> None:
    assert redact.query("q=%2B&page=2&empty=") == "q=%2B&page=2&empty="
    assert redact.query("q=a&%70assword=b") == "q=a&password=%5Bredacted%5D"
    assert redact.query("") == ""


def test_paths() -> None:
    arguments = {"uidb64": "MQ", "token": "set-password"}
    assert redact.path("/reset/MQ/set-password/", arguments) == f"/reset/MQ/{HIDDEN}/"


def test_json() -> None:
    value = {"a": [{"password": "x", "n": 1}], "token": None, "secret": {"b": 1}, "é": "ü"}
    hidden = json.loads(redact.body(json.dumps(value).encode(), "application/json; charset=utf-8"))
    assert hidden == {
        "a": [{"password": HIDDEN, "n": 1}],
        "token": None,
        "secret": HIDDEN,
        "é": "ü",
    }
    plain = b'{"a":  1}'
    assert redact.body(plain, "application/json") is plain
    assert redact.body(b'{"password": "cut o', "application/json") == HIDDEN.encode()


def test_forms() -> None:
    form = "application/x-www-form-urlencoded"
    assert redact.body(b"name=a&password=b", form) == b"name=a&password=%5Bredacted%5D"
    multipart = (
        b'--x\r\nContent-Disposition: form-data; name="password"\r\n\r\nhunter2\r\n'
        b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\nanna\r\n--x--\r\n'
    )
    hidden = redact.body(multipart, "multipart/form-data; boundary=x")
    assert b"hunter2" not in hidden and b"anna" in hidden
    assert hidden.count(b"--x") == 3


def test_html() -> None:
    page = b'<input type="hidden" name="csrfmiddlewaretoken" value="abc"><p>abc</p>'
    assert redact.body(page, "text/html; charset=utf-8") == page.replace(b'"abc"', b'"[redacted]"')
    assert redact.body(b"\x00\x01", "image/png") == b"\x00\x01"
