"""gunicorn's corpus of requests, over a socket.

``gunicorn_corpus.txt`` says for each invalid request what it is refused with and why, and for
each valid one that we refuse nevertheless the section of the standard that says so.
``make oracle-http`` sends each request in four ways instead of one.
"""

from __future__ import annotations

import json
import os
import random
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import corpus
import pytest
from serving import SOURCES, Client, Response

HERE = Path(__file__).parent
CASES = {"valid": [], "invalid": []}
for _kind, _case in corpus.load():
    CASES[_kind].append(_case)

Table = dict[str, tuple[str, str]]


def read_tables() -> dict[str, Table]:
    """Section → name → (status, reason)."""
    tables: dict[str, Table] = {}
    for line in (HERE / "gunicorn_corpus.txt").read_text().splitlines():
        if line.startswith("["):
            table = tables.setdefault(line.strip("[]"), {})
        elif line.strip() and not line.startswith("#"):
            name, status, *reason = line.split(None, 2)
            table[name] = (status, reason[0] if reason else "")
    return tables


TABLES = read_tables()


# Ways of cutting what is sent.


def whole(data: bytes) -> list[bytes]:
    return [data]


def byte_by_byte(data: bytes) -> list[bytes]:
    return [data[i : i + 1] for i in range(len(data))]


def line_by_line(data: bytes) -> list[bytes]:
    return re.findall(rb"[^\n]*\n|[^\n]+", data)


def anywhere(data: bytes) -> list[bytes]:
    cut = random.Random(len(data))
    pieces = []
    while data:
        size = cut.randint(1, max(1, len(data) // 5))
        pieces.append(data[:size])
        data = data[size:]
    return pieces


WAYS = [whole]
if os.environ.get("HOTCLUB_ORACLE") == "full":
    WAYS += [byte_by_byte, line_by_line, anywhere]


def options_for(settings: dict[str, Any]) -> dict[str, Any]:
    """What of gunicorn's settings our server has; its compatibility switches are none of them."""
    options: dict[str, Any] = {
        "limit_request_line": settings.get("limit_request_line", 4094),
        "limit_request_field_size": settings.get("limit_request_field_size") or 8190,
        "limit_request_fields": settings.get("limit_request_fields", 100),
    }
    networks = settings.get("forwarded_allow_ips", "127.0.0.1,::1")
    if {"header_map", "forwarded_allow_ips"} & settings.keys():
        options["forwarding"] = {
            "networks": networks if isinstance(networks, list) else networks.split(","),
            "secure_schemes": [
                ["X-FORWARDED-PROTOCOL", "ssl"],
                ["X-FORWARDED-PROTO", "https"],
                ["X-FORWARDED-SSL", "on"],
            ],
            "header_map": settings.get("header_map", "drop"),
            "forwarder_headers": ["SCRIPT_NAME", "PATH_INFO"],
            "script_name": "",
        }
    if settings.get("proxy_protocol"):
        options |= {"proxy_protocol": 3, "proxy_networks": ["127.0.0.1"]}
    return options


@pytest.fixture(scope="module")
def serve() -> Iterator[Callable[[dict[str, Any]], int]]:
    """Options → port of a server with them, one for all cases."""
    running: dict[str, tuple[int, subprocess.Popen[str]]] = {}

    def start(options: dict[str, Any]) -> int:
        key = json.dumps(options, sort_keys=True)
        if key not in running:
            process = subprocess.Popen(
                [sys.executable, str(HERE / "native.py"), "echo", key],
                env={**os.environ, "PYTHONPATH": f"{SOURCES}:{HERE}"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            assert process.stdout
            running[key] = (int(process.stdout.readline()), process)
        return running[key][0]

    yield start
    for _, process in running.values():
        process.communicate()
        assert process.returncode == 0


def exchange(port: int, pieces: list[bytes]) -> list[Response]:
    """Send, close our side, and take what comes until the server closes its own."""
    with Client(("127.0.0.1", port)) as client:
        client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            for piece in pieces:
                client.send(piece)
            client.socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # refused before all of it was sent
        responses = []
        while True:
            try:
                responses.append(client.response())
            except EOFError:
                assert client.unread == b""
                return responses


def variables_of(headers: list[list[str]]) -> dict[str, str]:
    """What the fields of a request are in an environ (PEP 3333; RFC 3875, 4.1)."""
    found: dict[str, str] = {}
    for name, value in headers:
        if name == "TRANSFER-ENCODING":  # decoded; the application is told the length
            name, value = "CONTENT-LENGTH", "any"
        key = name.replace("-", "_")
        if name not in ("CONTENT-TYPE", "CONTENT-LENGTH"):
            key = "HTTP_" + key
        glue = "; " if key == "HTTP_COOKIE" else ","
        found[key] = f"{found[key]}{glue}{value}" if key in found else value
    return found


def assert_seen(wanted: dict[str, Any], response: Response) -> None:
    assert response.status == 200, response.body
    seen = json.loads(response.body)
    assert seen["REQUEST_METHOD"] == wanted["method"]
    assert seen["RAW_URI"] == wanted["uri"]["raw"]
    path = wanted["uri"]["path"].encode("latin-1")
    assert seen["PATH_INFO"] == unquote_to_bytes(path).decode("latin-1")
    assert seen["QUERY_STRING"] == wanted["uri"]["query"]
    assert seen["SERVER_PROTOCOL"] == "HTTP/{}.{}".format(*wanted["version"])
    assert seen["body"] == wanted["body"]
    variables = variables_of(wanted["headers"])
    if variables.get("CONTENT_LENGTH") == "any":
        variables["CONTENT_LENGTH"] = str(len(wanted["body"]))
    got = {key for key in seen if key.startswith(("HTTP_", "CONTENT_"))}
    assert got - {"HTTP_HOST"} == variables.keys() - {"HTTP_HOST"}
    for key, value in variables.items():
        assert seen[key] == value


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("case", CASES["valid"], ids=lambda case: case.name)
def test_valid(case: corpus.Case, way: Callable[[bytes], list[bytes]], serve) -> None:
    responses = exchange(serve(options_for(case.settings)), way(case.data))
    status, reason = TABLES["valid, otherwise"].get(case.name, ("", ""))
    if status:
        assert status == (str(responses[0].status) if responses else "closed")
        reason = reason.partition(" | ")[0]
        assert reason == "-" or responses[0].body.decode().endswith(f": {reason}\n")
        return
    assert len(responses) == len(case.requests)
    for wanted, response in zip(case.requests, responses, strict=True):
        assert_seen(wanted, response)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("case", CASES["invalid"], ids=lambda case: case.name)
def test_invalid(case: corpus.Case, way: Callable[[bytes], list[bytes]], serve) -> None:
    responses = exchange(serve(options_for(case.settings)), way(case.data))
    status, reason = TABLES["invalid"][case.name]
    if status == "closed":
        assert responses == []
        return
    assert [str(response.status) for response in responses] == [status]
    if status == "200":
        return
    assert responses[0].headers["connection"] == "close"
    if reason != "-":
        assert responses[0].body.decode().endswith(f": {reason}\n")
    else:  # refused because of a setting: it is the only thing that is wrong
        assert exchange(serve(options_for({})), way(case.data))[0].status == 200


def test_the_table_names_nothing_else() -> None:
    assert TABLES["invalid"].keys() == {case.name for case in CASES["invalid"]}
    assert TABLES["valid, otherwise"].keys() < {case.name for case in CASES["valid"]}


def test_each_exception_is_in_the_documentation() -> None:
    text = (HERE.parent.parent / "docs" / "http.md").read_text()
    otherwise = dict(TABLES["valid, otherwise"])
    otherwise |= {name: row for name, row in TABLES["invalid"].items() if row[0] == "200"}
    for name, (_, reason) in otherwise.items():
        rows = [line for line in text.splitlines() if f"`{name}`" in line]
        assert len(rows) == 1, name
        assert reason.partition(" | ")[2] in rows[0], name
