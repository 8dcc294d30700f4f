"""Headers are written as JSON, the same the second time, and no secret is kept."""

from __future__ import annotations

import json

import pytest

from hotclub.agent.recorder import _headers, _redact

PAIRS = [
    ("Host", "shop.example"), ("Accept", 'text/html, "é"'), ("Cookie", "sessionid=s3cret; a=b"),
    ("Authorization", "Bearer s3cret"), ("Referer", "/?token=s3cret&page=2"), ("X-Long", "x" * 999),
    ("X-Api-Key", "s3cret"), ("Set-Cookie", "csrftoken=s3cret; Path=/"), ("Location", "/next?a=1"),
]  # fmt: skip


@pytest.mark.parametrize("hide", [True, False])
def test_the_same_as_json_of_all(hide: bool) -> None:
    wanted = json.dumps(_redact.headers(PAIRS) if hide else PAIRS)
    assert [_headers.as_json(PAIRS, hide) for _ in range(3)] == [wanted] * 3
    assert _headers.as_json([], hide) == "[]"
    assert ("s3cret" in wanted) is not hide


def test_secrets_are_not_kept() -> None:
    _headers._kept.cache_clear()
    _headers.as_json(PAIRS, hide=False)
    _headers.as_json(PAIRS, hide=True)
    assert _headers._kept.cache_info().currsize == 2 * 2  # Host and Accept, in both ways


def test_names_of_an_environ() -> None:
    environ = {
        "HTTP_USER_AGENT": "curl", "CONTENT_TYPE": "text/plain", "CONTENT_LENGTH": "",
        "PATH_INFO": "/", "HTTP_X_EMPTY": "", "wsgi.input": object(), "HTTP_ODD": 5,
    }  # fmt: skip
    for _ in range(2):
        assert _headers.request_headers(environ) == [
            ("User-Agent", "curl"), ("Content-Type", "text/plain"),
        ]  # fmt: skip


def test_the_names_that_are_known_stay_few() -> None:
    for number in range(_headers._NAMES_MAX + 10):
        _headers.request_headers({f"HTTP_X_{number}": "1"})
    assert len(_headers._names) <= _headers._NAMES_MAX + 1
