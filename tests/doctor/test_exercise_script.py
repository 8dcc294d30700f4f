"""The script of requests: what may stand in it, and what is said of what may not."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from hotclub.doctor.exercise import Script, read_script
from hotclub.errors import HotclubError

if sys.version_info < (3, 11):
    pytest.importorskip("tomli")

GOOD = """
[users.anna]
force = "anna"
session = { otp_device_id = "totp/1" }

[users.bert]
account = { email = "b@example.com" }
password = "made up"
forms = [{ page = "/login/", fields = { login = "bert", stay = true } }, { fields = { code = 1 } }]

[users.carl]
token = { page = "/token/", json = { name = "carl" }, value = "Bearer {access}" }

[users."d.o+ra"]
headers = { Authorization = "Token abc" }

[users.guest]
guest = true

[[requests]]
path = "/a b/?x=1"

[[requests]]
method = "post"
path = "/orders/"
user = "anna"
json = { product = 7, notes = ["a", "b"] }

[[requests]]
method = "POST"
path = "/orders/"
user = "anna"
form = { product = 8, tags = [1, 2], gift = true, plain = false }
headers = { X-Requested-With = "XMLHttpRequest" }
status = 302

[[requests]]
method = "PUT"
path = "/notes/1/"
query = { page = 2, q = "ä" }
body = "<note/>"
type = "text/xml"
name = "as XML"
"""


def script(tmp_path: Path, text: str) -> Script:
    file = tmp_path / "requests.toml"
    file.write_text(text, encoding="utf-8")
    return read_script(file)


def test_a_script(tmp_path: Path) -> None:
    read = script(tmp_path, GOOD)
    first, order, again, note = read.requests
    assert [one.label for one in read.requests] == [
        "GET /a%20b/?x=1",
        "POST /orders/ (anna)",
        "POST /orders/ [2] (anna)",
        "PUT /notes/1/?page=2&q=%C3%A4 [as XML]",
    ]
    assert not first.writes and first.user is None and first.body == b""
    assert order.writes and json.loads(order.body) == {"product": 7, "notes": ["a", "b"]}
    assert order.headers == (("Content-Type", "application/json"),)
    assert again.body == b"product=8&tags=1&tags=2&gift=on" and again.expected == 302
    assert dict(again.headers) == {
        "X-Requested-With": "XMLHttpRequest",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    assert (note.body, note.headers) == (b"<note/>", (("Content-Type", "text/xml"),))
    assert read.users == {
        "anna": {"force": "anna", "session": {"otp_device_id": "totp/1"}},
        "bert": {
            "forms": [
                {"page": "/login/", "fields": {"login": "bert", "stay": "true"}},
                {"fields": {"code": "1"}},
            ],
            "account": {"email": "b@example.com"},
            "password": "made up",
        },
        "carl": {
            "token": {"page": "/token/", "json": {"name": "carl"}, "value": "Bearer {access}"}
        },
        "d.o+ra": {"headers": {"Authorization": "Token abc"}},
        "guest": {"guest": True},
    }


ASK = '[[requests]]\npath = "/"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "requests: is missing"),
        ("[[requests]", "is not TOML"),
        ("[[request]]\n", "request: is not known; did you mean requests?"),
        ("requests = 1", "requests: expected a list, not 1"),
        ("requests = [1]", "requests[1]: expected a table, not 1"),
        ("[[requests]]\n", "requests[1].path: is missing; expected a string"),
        ('[[requests]]\npath = "orders/"', "requests[1].path: expected a path that begins with /"),
        ('[[requests]]\npath = "//evil/"', "requests[1].path: expected a path"),
        ('[[requests]]\npath = "https://a/"', "requests[1].path: expected a path"),
        (ASK + "[[requests]]\npath = 7", "requests[2].path: expected a string, not 7"),
        (ASK + 'method = "FETCH"', "requests[1].method: expected one of GET, HEAD"),
        (ASK + 'user = "eve"', "requests[1].user: expected anonymous, user, staff, or a [users.ev"),
        (ASK + "json = 1\nform = {}", "requests[1].form: cannot stand beside json"),
        (ASK + "form = 1", "requests[1].form: expected a table"),
        (ASK + "body = 1", "requests[1].body: expected a string"),
        (ASK + "json = 2020-01-01", "requests[1].json: dates and times have no JSON"),
        (ASK + "status = 99", "requests[1].status: expected a status from 100 to 599"),
        (ASK + "status = true", "requests[1].status: expected a whole number, not True"),
        (ASK + 'name = "a (b)"', "requests[1].name: expected text without brackets"),
        (ASK + "headers = { a = [] }", "requests[1].headers.a: expected a string"),
        (ASK + 'meth = "GET"', "requests[1].meth: is not known; did you mean method?"),
        ("[users]\na = 1", "users.a: expected a table, not 1"),
        ("[users.anonymous]\nguest = true", "users.anonymous: expected a name"),
        ('[users."a b"]\nguest = true', "users.a b: expected a name"),
        ("[users.a]", "users.a: expected one of force, forms, token, headers, guest"),
        ("[users.a]\nforce = 1\nguest = true", "users.a.guest: cannot stand beside force"),
        ("[users.a]\nforce = 1.5", "users.a.force: expected a string or a whole number or a tab"),
        ("[users.a]\nforce = 1\nsesion = {}", "users.a.sesion: is not known; did you mean sess"),
        ("[users.a]\nguest = false", "users.a.guest: expected true"),
        ("[users.a]\nforms = []", "users.a.forms[1].page: is missing"),
        ('[users.a]\nforms = [{ page = "/l/" }]', "users.a.forms[1].fields: is missing"),
        (
            '[users.a]\naccount = 1\nforms = [{ page = "/l/", fields = {} }]',
            "users.a.password: is missing",
        ),
        ('[users.a.token]\npage = "/t/"', "users.a.token: expected one of json, form"),
        ("[users.a.token]\njson = {}", "users.a.token.page: is missing"),
        ("[users.a]\nforce = { born = 2020-01-01 }", "users.a.force.born: expected a string"),
    ],
)
def test_what_is_wrong_is_said_with_file_and_key(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(HotclubError) as caught:
        script(tmp_path, text)
    message = str(caught.value)
    assert message.startswith(f"{tmp_path / 'requests.toml'}") and said in message
    assert "\n" not in message.strip()


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(HotclubError, match="cannot be read: No such file"):
        read_script(tmp_path / "absent.toml")
    (tmp_path / "latin.toml").write_bytes(b'a = "\xe4"')
    with pytest.raises(HotclubError, match="is not UTF-8 at byte 5"):
        read_script(tmp_path / "latin.toml")
