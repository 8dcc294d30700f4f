"""Reading access logs and recordings."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from booking import Book

from hotclub.doctor.diagnosis import silent
from hotclub.doctor.exercise._logs import read_log
from hotclub.doctor.exercise._recorded import is_recording, read_recording
from hotclub.errors import HotclubError

GUNICORN = (
    '127.0.0.1 - - [27/Nov/2026:18:31:45 +0000] "GET /books/?page=2 HTTP/1.1" 200 512 '
    '"-" "curl/8 \\"x\\""'
)
NGINX = (
    '2001:db8::1 - ann [27/Nov/2026:18:31:45 +0000] "GET /books/ HTTP/2.0" 304 0 '
    '"https://shop.example/a?b=\\x22c\\x22" "Mozilla/5.0"'
)
APACHE = (
    'shop.example:443 10.0.0.1 - - [27/Nov/2026:18:31:45 +0000] "GET /%C3%A4/ HTTP/1.1" 301 99 '
    '"-" "-" 0.012'
)
OTHERS = [
    GUNICORN.replace("GET", "POST"),
    GUNICORN.replace(" 200 ", " 404 "),
    GUNICORN.replace(" 200 ", " 500 "),
    GUNICORN.replace("/books/?page=2", "http://proxy/"),
    "",
]
OURS = {"time": "2026-11-27T18:31:45+0000", "method": "GET", "target": "/books/", "status": 200}


def test_every_form_is_counted(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_text("\n".join([GUNICORN, NGINX, APACHE, GUNICORN, json.dumps(OURS), *OTHERS, "?"]))
    asked = read_log(log, silent)
    assert dict(asked.counts) == {
        ("/books/", "page=2", None): 2,
        ("/books/", "", None): 2,
        ("/%C3%A4/", "", None): 1,
    }
    assert asked.notes == ["access.log: 1 of 10 lines were not understood"]


def test_a_packed_log(tmp_path: Path) -> None:
    log = tmp_path / "access.log.1.gz"
    log.write_bytes(gzip.compress(f"{NGINX}\n".encode() * 3))
    assert read_log(log, silent).counts == {("/books/", "", None): 3}
    log.write_bytes(b"no gzip at all")
    with pytest.raises(HotclubError, match="cannot be read: Not a gzipped file"):
        read_log(log, silent)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty; expected an access log"),
        ("one\ntwo\n", "none of its 2 lines is an access log's; expected the combined format"),
        ('{"level": "info"}\n', '«{"level": "info"}»'),
    ],
)
def test_something_else(tmp_path: Path, text: str, said: str) -> None:
    log = tmp_path / "access.log"
    log.write_text(text)
    with pytest.raises(HotclubError) as caught:
        read_log(log, silent)
    assert str(log) in str(caught.value) and said in str(caught.value)


def test_no_file(tmp_path: Path) -> None:
    assert not is_recording(tmp_path / "absent")
    with pytest.raises(HotclubError, match="absent cannot be read: No such file"):
        read_log(tmp_path / "absent", silent)


def test_a_recording_of_production(book: Book) -> None:
    for _ in range(2):
        book.request("/books/", label="", user="staff:7")
    book.request("/books/", label="")
    book.request("/reset/", label="", query="token=%5Bredacted%5D")
    book.request("/books/", label="", method="POST", request_body=b"a=1")
    book.request("/gone/", label="", status=404)
    book.db.execute("UPDATE request SET label = NULL")
    book.db.commit()
    assert is_recording(book.path)
    asked, writes = read_recording(book.path)
    assert asked.counts == {("/books/", "", "staff"): 2, ("/books/", "", None): 1}
    assert asked.notes == ["deep.hclb: 1 requests with a secret in their URL cannot be made again"]
    assert writes == []


def test_a_recording_of_the_doctors(book: Book) -> None:
    book.request("/books/", label="GET /books/ (anna)", user="user:3")
    book.request(
        "/add/",
        label="POST /add/ [2] (anna)",
        method="POST",
        request_body=b"a=1",
        request_headers=json.dumps([["Content-Type", "text/x"], ["Cookie", "s=1"]]),
        status=302,
    )
    book.request("/add/", label="warm|POST /add/", method="POST")
    asked, (write,) = read_recording(book.path)
    assert asked.counts == {("/books/", "", "anna"): 1}
    assert write.label == "POST /add/ [2] (anna)"
    assert (write.body, write.headers, write.expected) == (
        b"a=1",
        (("Content-Type", "text/x"),),
        302,
    )
