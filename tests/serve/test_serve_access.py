"""The access log in gunicorn's format language and as JSON, held to gunicorn's own logger."""

from __future__ import annotations

import datetime
import json
import os
import re
import select
import signal
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from gunicorn.config import Config as Theirs
from gunicorn.glogging import Logger as TheirLogger
from serving import until

from hotclub.serve._access_format import ATOMS, Kind, compile_format

SOURCE = """
def application(environ, start_response):
    environ["shop.user"] = "ada"
    start_response("201 Created", [("Content-Type", "text/x"), ("X-Request-Id", "r 7")])
    return [b"12345"]
"""
FORMAT = "|".join(f"%({atom})s" for atom in "hlumUqHsbBfa") + (
    "|%(r)s|%({x-one}i)s|%({X-Request-ID}o)s|%({content-length}o)s|%({missing}i)s|%({HTTP_HOST}e)s"
    "|%({REQUEST_METHOD}e)s|%({RAW_URI}e)s|%%|%(nothing)s|%(s)d"
)
HEADERS = (
    "X-One: 1",
    "Authorization: Basic YWRhOnNlY3JldA==",
    "User-Agent: me",
    "Referer: http://r/",
)


def lines(path: Path, count: int = 1) -> list[str]:
    until(lambda: path.exists() and path.read_text().count("\n") >= count)
    return path.read_text().splitlines()


def test_every_atom_that_does_not_depend_on_time(start, tmp_path: Path) -> None:
    environ = {
        "REMOTE_ADDR": "127.0.0.1", "REQUEST_METHOD": "GET", "RAW_URI": "/a%20b?x=1",
        "SERVER_PROTOCOL": "HTTP/1.1", "PATH_INFO": "/a b", "QUERY_STRING": "x=1",
        "HTTP_REFERER": "http://r/", "HTTP_USER_AGENT": "me", "HTTP_HOST": "x",
        "HTTP_AUTHORIZATION": HEADERS[1].partition(": ")[2],
    }  # fmt: skip
    response = SimpleNamespace(
        status="201 Created", sent=5, headers=[("X-Request-Id", "r 7"), ("Content-Length", "5")]
    )
    logger = TheirLogger(Theirs())
    atoms = logger.atoms(response, [("X-ONE", "1")], environ, datetime.timedelta())
    expected = FORMAT.replace("%(s)d", "201") % logger.atoms_wrapper_class(atoms)

    serving = start(SOURCE, "--access-logfile=a.log", f"--access-logformat={FORMAT}")
    serving.get("/a%20b?x=1", *HEADERS)
    assert lines(tmp_path / "a.log") == [expected]


@pytest.mark.parametrize("kind", ["engine", "python"])
def test_the_atoms_of_time_and_process(start, tmp_path: Path, kind: str) -> None:
    layout = "%(T)s %(M)s %(D)s %(L)s %(p)s %(t)s"
    options = ["--access-logfile=a.log"]
    if kind == "python":
        layout += " %({shop.user}e)s"
    source = "import time\n" + SOURCE.replace("return [", "time.sleep(0.02)\n    return [")
    serving = start(source, *options, f"--access-logformat={layout}")
    serving.get()
    (line,) = lines(tmp_path / "a.log")
    found = re.fullmatch(r"0 (\d+) (\d+) 0\.(\d{6}) <(\d+)> \[(.*?)\]( ada)?", line)
    assert found, line
    assert int(found[2]) >= 20_000 and int(found[3]) == int(found[2])
    assert int(found[1]) == int(found[2]) // 1000
    assert int(found[4]) == serving.workers()[0]
    when = datetime.datetime.strptime(found[5], "%d/%b/%Y:%H:%M:%S %z")
    assert abs(datetime.datetime.now(datetime.timezone.utc) - when).total_seconds() < 60
    assert (found[6] is not None) == (kind == "python")


@pytest.mark.parametrize("layout", ["%(s)5s", "%(x", "%s", "%({wsgi.url_scheme}e)s", "%({x}e)s"])
def test_what_only_python_can_write(layout: str) -> None:
    assert compile_format(layout) is None


def test_texts_are_joined() -> None:
    assert compile_format("a%%b%(l)sc%(s)s") == ((Kind.TEXT, "a%b-c"), ATOMS["s"])


@pytest.mark.parametrize("kind", ["engine", "python"])
def test_json(start, tmp_path: Path, kind: str) -> None:
    if kind == "python":
        (tmp_path / "own.py").write_text(
            "from hotclub.serve import Logger\nclass Own(Logger): pass\n"
        )
    own = ["--logger-class=own.Own"] if kind == "python" else []
    serving = start(SOURCE, "--access-logfile=a.log", "--log-json", *own)
    serving.get("/a?b", *HEADERS[:2], 'User-Agent: m"é\\', HEADERS[3])
    (line,) = lines(tmp_path / "a.log")
    entry = json.loads(line)
    assert datetime.datetime.strptime(entry.pop("time"), "%Y-%m-%dT%H:%M:%S%z")
    assert 0 <= entry.pop("seconds") < 5
    assert entry == {
        "pid": serving.workers()[0], "client": "127.0.0.1", "user": "ada", "method": "GET",
        "target": "/a?b", "protocol": "HTTP/1.1", "status": 201, "bytes": 5,
        "referer": "http://r/", "agent": 'm"é\\', "refused": "",
    }  # fmt: skip


def test_refused_requests_as_json(start, tmp_path: Path) -> None:
    serving = start(SOURCE, "--access-logfile=a.log", "--log-json")
    with serving.client() as client:
        client.send(b'GET /" nonsense\r\n\r\n')
        client.rest()
    entry = json.loads(lines(tmp_path / "a.log")[0])
    assert (entry["status"], entry["bytes"]) == (400, 0) and entry["refused"]


def test_to_standard_output_as_json(start) -> None:
    serving = start(SOURCE, "--access-logfile=-", "--log-json")
    serving.get("/seen")
    until(lambda: "/seen" in serving.log)
    serving.stop()
    entries = [json.loads(line) for line in serving.log.splitlines()]
    assert sum("status" in entry for entry in entries) == 1


def test_a_log_that_nobody_reads_stops_nobody(start, tmp_path: Path) -> None:
    fifo = tmp_path / "a.log"
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    try:
        serving = start(SOURCE, "--access-logfile=a.log", "--timeout=1")
        (worker,) = serving.workers()
        with serving.client() as client:
            for _ in range(1000):
                padding = "y" * 200
                assert client.request(f"GET /{padding} HTTP/1.1\nHost: x").status == 201
        time.sleep(2)
        assert serving.workers() == [worker], serving.log
        got = os.read(reader, 1 << 20)
        while got.count(b"\n") < 1000:
            select.select([reader], [], [], 15)
            got += os.read(reader, 1 << 20)
        assert {len(line) for line in got.splitlines()} == {len(got.splitlines()[0])}
    finally:
        os.close(reader)


def test_rotation_by_another_user(start, tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root may become somebody else")
    for directory in (tmp_path, *tmp_path.parents):
        if str(directory).startswith("/tmp/"):
            directory.chmod(0o755)
    serving = start(SOURCE, "--access-logfile=a.log", "--user=nobody")
    log = tmp_path / "a.log"
    log.rename(tmp_path / "old.log")
    serving.process.send_signal(signal.SIGUSR1)
    until(log.exists)

    def arrives() -> bool:
        serving.get("/after")
        return "/after" in log.read_text()

    until(arrives)
    log.rename(tmp_path / "older.log")
    tmp_path.chmod(0o700)
    serving.process.send_signal(signal.SIGUSR1)
    until(lambda: "cannot write the access log a.log: Permission denied" in serving.log)
    assert serving.get().status == 201
