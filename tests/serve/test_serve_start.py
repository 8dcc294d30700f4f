"""What keeps a server from starting: addresses, applications, options; and its access log."""

from __future__ import annotations

import re
import signal
import socket
from pathlib import Path

import pytest
from serving import run, until

ECHO = Path(__file__).with_name("echo.py").read_text()
HOST = "\nHost: x"


def test_the_port_is_in_use(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        status, said = run(tmp_path, "app:application", f"--bind=127.0.0.1:{port}")
    assert status == 2
    assert said.startswith(f"hotclub: 127.0.0.1:{port} is already in use")


@pytest.mark.parametrize(
    ("bind", "text"),
    [
        ("127.0.0.1:http", "expected host:port"),
        ("127.0.0.1:99999", "expected host:port"),
        ("no.such.host.invalid:80", "host is unknown"),
        ("192.0.2.1:8000", "no such address"),
        ("unix:/no/such/directory/sock", "No such file"),
    ],
)
def test_addresses_that_cannot_be_had(tmp_path: Path, bind: str, text: str) -> None:
    status, said = run(tmp_path, "app:application", f"--bind={bind}")
    assert status == 2 and text in said and "Traceback" not in said


def test_a_file_in_the_way_of_a_unix_socket_stays(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("precious")
    status, said = run(tmp_path, "app:application", "--bind=unix:file")
    assert status == 2 and "not a socket" in said
    assert (tmp_path / "file").read_text() == "precious"


@pytest.mark.parametrize(
    ("source", "texts"),
    [
        ("import missing_module\n", ["ModuleNotFoundError: No module named 'missing_module'"]),
        ("def f():\n    return 1 / 0\nf()\n", ["ZeroDivisionError", "line 2, in f", "1 / 0"]),
        ("def application(:\n", ["SyntaxError", 'app.py", line 1']),
        ("", ["AttributeError", "application"]),
        ("application = 5", ["is a int, not a WSGI application"]),
        ("import sys\nsys.exit(9)\n", ["SystemExit", "line 2"]),
    ],
)
@pytest.mark.parametrize("preload", [[], ["--preload"]])
def test_an_application_that_cannot_be_imported(
    tmp_path: Path, source: str, texts: list[str], preload: list[str]
) -> None:
    (tmp_path / "app.py").write_text(source)
    status, said = run(tmp_path, "app:application", "--workers=2", "--bind=127.0.0.1:0", *preload)
    assert status == 3
    assert said.count("hotclub: the application cannot") + said.count("not a WSGI") == 1
    assert all(text in said for text in texts), said
    assert "Traceback" not in said and "replaced" not in said


def test_wrong_options(tmp_path: Path) -> None:
    for option in ("--workers=0", "--threads=0", "--backlog=0", "--header-timeout=0"):
        status, said = run(tmp_path, "app:application", option)
        assert status == 2 and f"{option.partition('=')[0]} must be at least 1" in said


def test_workers_that_die_before_they_are_ready(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("import os\nos._exit(7)\n")
    status, said = run(tmp_path, "app:application", "--workers=1", "--bind=127.0.0.1:0")
    assert status == 3
    assert "ended with status 7 before it was ready, as 3 in a row have" in said


@pytest.mark.parametrize("option", ["--chdir", "--temporary"])
def test_directories_that_are_not_there(tmp_path: Path, option: str) -> None:
    status, said = run(tmp_path, "app:application", f"{option}=nowhere")
    assert status == 2 and f"{option} nowhere: there is no such directory" in said


def test_the_access_log(start, tmp_path: Path) -> None:
    serving = start(ECHO, "--access-log=access.log")
    log = tmp_path / "access.log"
    with serving.client() as client:
        client.request(f'GET /several?"q HTTP/1.1{HOST}\nUser-Agent: a"b\\c\nReferer: http://r/')
        client.request(f"GET /streamed HTTP/1.0{HOST}") if (tmp_path / "go").exists() else None
    with serving.client() as client:
        client.send(b"nonsense\r\n\r\n")
        client.rest()
    until(lambda: log.read_text().count("\n") == 2)
    first, second = log.read_text().splitlines()
    assert re.fullmatch(
        r"127\.0\.0\.1 - - \[\d\d/\w{3}/\d{4}:[\d:]{8} [+-]\d{4}\]"
        r' "GET /several\?\\x22q HTTP/1\.1" 200 13 "http://r/" "a\\x22b\\x5Cc"',
        first,
    )
    assert " 400 " in second
    log.rename(tmp_path / "old.log")
    serving.process.send_signal(signal.SIGUSR1)
    until(log.exists)
    serving.get("/after")
    until(lambda: "/after" in log.read_text())
    assert "/after" not in (tmp_path / "old.log").read_text()


def test_no_line_is_lost_when_stopping(start, tmp_path: Path) -> None:
    serving = start(ECHO, "--access-log=access.log")
    for _ in range(50):
        serving.get()
    assert serving.stop() == 0
    assert (tmp_path / "access.log").read_text().count("\n") == 50


def test_a_python_without_its_lock(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(f"import sys\nsys._is_gil_enabled = lambda: False\n{ECHO}\n")
    status, said = run(tmp_path, "app:application", "--bind=127.0.0.1:0", "--workers=1")
    assert status != 0
    assert said.count("start it without PYTHON_GIL=0 and -X gil=0") == 1 and "Traceback" not in said
