"""The server's logs: files, levels, classes, configurations, syslog, statsd."""

from __future__ import annotations

import json
import re
import signal
import socket
from pathlib import Path

import pytest
from serving import run, until

ECHO = Path(__file__).with_name("echo.py").read_text()
LINE = r'127\.0\.0\.1 - - \[.*\] "GET /several HTTP/1\.1" 200 13 "-" "-"'


def received(listener: socket.socket, count: int) -> list[str]:
    listener.settimeout(15)
    return [listener.recv(65536).decode() for _ in range(count)]


@pytest.fixture
def datagrams(tmp_path: Path):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        yield listener


def test_the_error_log_is_a_file_that_can_be_rotated(start, tmp_path: Path) -> None:
    serving = start(ECHO, "--error-logfile=error.log", ready=0)
    log = tmp_path / "error.log"
    until(lambda: log.exists() and "is ready" in log.read_text())
    assert "is ready" not in serving.log
    log.rename(tmp_path / "old.log")
    serving.process.send_signal(signal.SIGUSR1)
    until(log.exists)
    serving.stop()
    assert "stopped" in log.read_text() and "stopped" not in (tmp_path / "old.log").read_text()


def test_the_level(start, tmp_path: Path) -> None:
    serving = start(ECHO, "--log-level=warning", ready=0)
    until(lambda: len(serving.workers()) == 1)
    serving.stop()
    assert "INFO" not in serving.log


def test_output_of_the_application_can_go_to_the_log(start, tmp_path: Path) -> None:
    source = "print('printed', flush=True)\nimport os; os.write(2, b'written')\n"
    start(source + ECHO, "--error-logfile=error.log", "--capture-output", ready=0)
    log = tmp_path / "error.log"
    until(lambda: log.exists() and "is ready" in log.read_text())
    assert "printed" in log.read_text() and "written" in log.read_text()


def test_entries_as_json(start) -> None:
    serving = start("1 / 0\n", "--log-json", ready=0)
    serving.process.wait(15)
    serving = start(ECHO.replace("def echo", "def boom(*_): raise KeyError('x')\ndef echo"))
    serving = start("def application(environ, start_response): raise KeyError('é')\n", "--log-json")
    assert serving.get().status == 500
    until(lambda: "KeyError" in serving.log)
    serving.stop()
    entries = [json.loads(line) for line in serving.log.splitlines()]
    assert {entry["level"] for entry in entries} == {"info", "error"}
    (failed,) = [entry for entry in entries if entry["level"] == "error"]
    assert "KeyError: 'é'" in failed["message"] and failed["pid"] != serving.process.pid


@pytest.mark.parametrize("base", ["hotclub.serve", "gunicorn.glogging"])
def test_a_logger_of_ones_own(start, tmp_path: Path, base: str) -> None:
    (tmp_path / "own.py").write_text(
        f"from {base} import Logger\n"
        "class Quiet(Logger):\n"
        "    def setup(self, cfg):\n"
        "        super().setup(cfg)\n"
        "        self.error_log.info('own logger for %s', cfg.proc_name)\n"
        "    def access(self, resp, req, environ, request_time):\n"
        "        if environ['PATH_INFO'] != '/quiet':\n"
        "            super().access(resp, req, environ, request_time)\n"
    )
    serving = start(ECHO, "--logger-class=own.Quiet", "--access-logfile=access.log", "--name=shop")
    assert "[INFO] own logger for shop" in serving.log
    serving.get("/quiet")
    serving.get("/several")
    log = tmp_path / "access.log"
    until(lambda: log.exists() and log.read_text())
    assert re.fullmatch(LINE, log.read_text().strip())


def test_a_logger_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(ECHO)
    status, said = run(tmp_path, "app:application", "--logger-class=nowhere.Logger")
    assert status == 2 and "--logger-class nowhere.Logger cannot be imported" in said


def dictionary(tmp_path: Path) -> dict:
    return {
        "loggers": {
            "gunicorn.access": {"level": "INFO", "handlers": ["own"], "propagate": False},
            "gunicorn.error": {"level": "INFO", "handlers": ["error_console"]},
        },
        "handlers": {
            "own": {
                "class": "logging.FileHandler",
                "filename": str(tmp_path / "own.log"),
                "formatter": "short",
            },
            "error_console": {"class": "logging.StreamHandler", "stream": "ext://sys.stderr"},
        },
        "formatters": {"short": {"format": "own %(message)s"}},
        "root": {"level": "INFO", "handlers": []},
    }


FILE = """
[loggers]
keys=root,gunicorn.access
[handlers]
keys=own
[formatters]
keys=short
[logger_root]
level=INFO
handlers=
[logger_gunicorn.access]
level=INFO
handlers=own
propagate=0
qualname=gunicorn.access
[handler_own]
class=FileHandler
formatter=short
args=('%(here)s/own.log',)
[formatter_short]
format=own %(message)s
"""


@pytest.mark.parametrize("kind", ["dict", "json", "file"])
def test_logging_configurations(start, tmp_path: Path, kind: str) -> None:
    options = []
    if kind == "dict":
        text = f"logconfig_dict = {dictionary(tmp_path)!r}\n"
        (tmp_path / "gunicorn.conf.py").write_text(text)
    elif kind == "json":
        (tmp_path / "log.json").write_text(json.dumps(dictionary(tmp_path)))
        options = ["--log-config-json=log.json"]
    else:
        (tmp_path / "log.ini").write_text(FILE)
        options = [f"--log-config={tmp_path}/log.ini"]
    serving = start(ECHO, *options)
    serving.get("/several")
    log = tmp_path / "own.log"
    until(lambda: log.exists() and log.read_text())
    assert re.fullmatch(f"own {LINE}", log.read_text().strip())


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--log-config=nowhere.ini", "nowhere.ini: No such file"),
        ("--log-config-json=wrong.json", "the log configuration is wrong"),
        ("--log-syslog-to=nothing", "--log-syslog-to must be udp://"),
        ("--error-logfile=/nowhere/log", "cannot write the log /nowhere/log: No such file"),
    ],
)
def test_configurations_that_are_wrong(tmp_path: Path, option: str, said: str) -> None:
    (tmp_path / "app.py").write_text(ECHO)
    (tmp_path / "wrong.json").write_text('{"version": 9}')
    status, output = run(tmp_path, "app:application", "--bind=127.0.0.1:0", "--log-syslog", option)
    assert status == 2 and said in output and "Traceback" not in output, output


def test_syslog(start, datagrams: socket.socket) -> None:
    port = datagrams.getsockname()[1]
    serving = start(
        ECHO, "--log-syslog", f"--log-syslog-to=udp://127.0.0.1:{port}", "--log-syslog-prefix=shop"
    )
    serving.get("/several")
    until(lambda: "is ready" in serving.log)
    lines = received(datagrams, 3)
    assert lines[0].startswith("<14>gunicorn.shop.error [")
    assert re.search(rf"gunicorn\.shop\.access \[\d+\] {LINE}", lines[2])


def test_statsd(start, datagrams: socket.socket) -> None:
    port = datagrams.getsockname()[1]
    serving = start(
        ECHO,
        f"--statsd-host=127.0.0.1:{port}",
        "--statsd-prefix=shop.",
        "--dogstatsd-tags=env:test",
        "--enable-backlog-metric",
    )
    serving.get("/several")
    numbers: set[str] = set()
    wanted = {
        "shop.gunicorn.requests:1|c|@1.0|#env:test",
        "shop.gunicorn.request.status.200:1|c|@1.0|#env:test",
        "shop.gunicorn.workers:1|g|#env:test",
        "shop.gunicorn.backlog:0|h|#env:test",
    }
    while not wanted <= numbers:
        numbers.update(received(datagrams, 1))
    assert any(re.match(r"shop\.gunicorn\.request\.duration:[\d.]+\|ms", each) for each in numbers)
