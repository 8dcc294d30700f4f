"""Settings from files, environment and command line, as gunicorn takes them."""

from __future__ import annotations

from pathlib import Path

import pytest
from serving import run, until

ECHO = Path(__file__).with_name("echo.py").read_text()
CHECK = ("app:application", "--check-config")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "app.py").write_text(ECHO)
    return tmp_path


def configure(directory: Path, text: str, name: str = "gunicorn.conf.py") -> Path:
    path = directory / name
    path.write_text(text)
    return path


def shown(directory: Path, *words: str, **environ: str) -> dict[str, str]:
    status, said = run(directory, "app:application", "--print-config", *words, **environ)
    assert status == 0, said
    pairs = (line.split(" = ", 1) for line in said.splitlines() if " = " in line)
    return {name.strip(): value for name, value in pairs}


def test_each_source_goes_over_the_one_before(project: Path) -> None:
    configure(project, "import os\nworkers = 3\nthreads = 5\nbacklog = 7\nkeepalive = 9\n")
    got = shown(project, "--threads=6", GUNICORN_CMD_ARGS="--threads 8 --backlog 9 -t 77")
    assert (got["workers"], got["threads"], got["backlog"]) == ("3", "6", "9")
    assert (got["keepalive"], got["timeout"]) == ("9.0", "77.0")


def test_the_environment_gives_defaults(project: Path) -> None:
    got = shown(project, PORT="1234", WEB_CONCURRENCY="11", FORWARDED_ALLOW_IPS="10.0.0.0/8")
    assert got["bind"] == "('0.0.0.0:1234',)"
    assert got["workers"] == "11"
    assert got["forwarded_allow_ips"] == "('10.0.0.0/8',)"
    status, said = run(project, *CHECK, WEB_CONCURRENCY="many")
    assert status == 2 and "$WEB_CONCURRENCY must be a whole number" in said


@pytest.mark.parametrize("location", ["other.py", "file:other.py", "python:settings.prod"])
def test_the_file_may_be_named(project: Path, location: str) -> None:
    configure(project, "workers = 1\n")
    configure(project, "workers = 4\n", "other.py")
    (project / "settings").mkdir()
    configure(project, "workers = 4\n", "settings/prod.py")
    assert shown(project, "-c", location)["workers"] == "4"
    assert shown(project, GUNICORN_CMD_ARGS=f"--config {location}")["workers"] == "4"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "wrokers = 3",
            "gunicorn.conf.py: there is no setting 'wrokers'; did you mean 'workers'?",
        ),
        ("preload = True", "did you mean 'reload' or 'preload_app'?"),
        ("keep_alive = 5", "did you mean 'keepalive'?"),
        ("def when_redy(server): pass", "did you mean 'when_ready'?"),
        ("workers = 0", "gunicorn.conf.py: workers must be at least 1, not 0"),
        ("workers = 'many'", "workers must be a whole number, not 'many'"),
        ("def pre_fork(server): pass", "pre_fork must be a function of 2 arguments"),
        ("certfile = 'x.pem'", "gunicorn.conf.py: certfile is refused: TLS comes in a later"),
        ("http_protocols = 'h2'", "http_protocols is refused: HTTP/2 comes in a later"),
        ("worker_class = 'gevent'", "gevent is refused: there are no greenlets here"),
        ("worker_class = 'uvicorn.workers.UvicornWorker'", "ASGI comes in a later version"),
        ("forwarded_allow_ips = 'me'", "forwarded_allow_ips must be addresses or networks"),
        ("import nothing_here", "ModuleNotFoundError: No module named 'nothing_here'"),
        ("from gunicorn_of_old import x", "hotclub.serve.Logger stands for gunicorn.glogging"),
        ("workers = 1 / 0", "line 1, in <module>"),
        ("workers =", "SyntaxError"),
    ],
)
def test_a_file_that_is_wrong(project: Path, text: str, said: str) -> None:
    configure(project, text + "\n")
    status, output = run(project, *CHECK)
    assert status == 2 and said in output, output
    assert "Traceback" not in output


def test_no_file_at_all(project: Path) -> None:
    configure(project, "workers = 0\n")
    assert shown(project, "--config=/dev/null")["threads"] == "4"


def test_a_file_may_have_names_of_its_own(project: Path) -> None:
    configure(
        project,
        """
import multiprocessing
from os import cpu_count
graceful_timeout_str = "40"
graceful_timeout = int(graceful_timeout_str)
cores = multiprocessing.cpu_count()
_wokers = 3
certfile = None
raw_paste_global_conf = []
http_protocols = "h1"
""",
    )
    assert shown(project)["graceful_timeout"] == "40.0"


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--wrokers=3", "there is no option --wrokers; did you mean --workers?"),
        ("--keyfile=x", "--keyfile is refused: TLS comes in a later version"),
        ("--spew", "--spew is refused: it prints every line"),
        ("--http-protocols=h2", "--http-protocols is refused: HTTP/2 comes"),
        ("--asgi-loop=uvloop", "--asgi-loop is refused: ASGI comes"),
        ("--permit-obsolete-folding", "is request smuggling"),
        ("--log-level=loud", "--log-level must be one of critical, error, warning, info, debug"),
        (
            "--user=nobody-of-that-name",
            "--user names nobody: there is no user 'nobody-of-that-name' here",
        ),
        ("-k=tornado", "tornado is refused"),
        ("--max-threads=3", "--max-threads 3 is less than --threads 4"),
        ("--config=nowhere.py", "nowhere.py: there is no such file"),
    ],
)
def test_an_option_that_is_wrong(project: Path, option: str, said: str) -> None:
    status, output = run(project, *CHECK, option)
    assert status == 2 and said in output, output
    status, output = run(project, *CHECK, GUNICORN_CMD_ARGS=option)
    assert status == 2 and said in output, output


def test_options_may_be_shortened_as_argparse_does(project: Path) -> None:
    assert shown(project, "--access-log", "-", "--error-log=-")["accesslog"] == "-"


def test_sync_means_one_thread(project: Path) -> None:
    assert shown(project, "-k", "sync")["threads"] == "1"
    assert shown(project, "-k", "sync", "--threads=3")["threads"] == "3"
    assert shown(project, "-k", "gthread")["threads"] == "4"


@pytest.mark.parametrize(
    ("options", "threads"),
    [
        ((), ("4", "16")),
        (("--threads=6",), ("6", "6")),
        (("--threads=6", "--max-threads=9"), ("6", "9")),
        (("--max-threads=8",), ("4", "8")),
        (("-k", "sync"), ("1", "1")),
    ],
)
def test_threads_grow_unless_their_number_is_given(
    project: Path, options: tuple[str, ...], threads: tuple[str, str]
) -> None:
    got = shown(project, *options)
    assert (got["threads"], got["max_threads"]) == threads


def test_check_config_imports_the_application(project: Path) -> None:
    assert run(project, *CHECK)[0] == 0
    (project / "app.py").write_text("import nothing_of_that_name\n")
    status, said = run(project, *CHECK)
    assert status == 3 and "No module named 'nothing_of_that_name'" in said


@pytest.mark.parametrize("call", ["make('x', loud=True)", "inner.make('x', loud=True)"])
def test_a_factory_is_called(start, call: str) -> None:
    serving = start(
        """
        class inner:
            def make(name, loud=False):
                def application(environ, start_response):
                    start_response("200 OK", [])
                    return [f"{name} {loud}".encode()]
                return application
        make = inner.make
        """,
        application=f"app:{call}",
    )
    assert serving.get().body == b"x True"


def test_gunicorn_itself_is_not_needed(start, tmp_path: Path) -> None:
    text = "def post_request(worker, req): pass\nstatsd_host = 'localhost:1'\n"
    (tmp_path / "gunicorn.conf.py").write_text(text)
    serving = start(
        """
        import sys
        def application(environ, start_response):
            start_response("200 OK", [])
            return [repr([name for name in sys.modules if name.startswith("gunicorn")]).encode()]
        """,
        "--log-syslog",
        "--access-logfile=-",
    )
    assert serving.get().body == b"[]"


@pytest.mark.parametrize(
    ("option", "expected"), [((), "0.001"), (("--switch-interval=0",), "0.005")]
)
def test_the_switch_interval(start, option: tuple[str, ...], expected: str) -> None:
    serving = start(
        """
        import sys
        def application(environ, start_response):
            start_response("200 OK", [])
            return [str(sys.getswitchinterval()).encode()]
        """,
        *option,
    )
    assert serving.get().body.decode() == expected


def test_the_application_may_be_in_the_file(project: Path, start) -> None:
    configure(project, "wsgi_app = 'app:application'\nworkers = 1\n")
    assert start(ECHO, application="").get().status == 200


def test_environment_path_and_directory(project: Path, start, tmp_path: Path) -> None:
    (tmp_path / "libraries").mkdir()
    (tmp_path / "libraries" / "beside.py").write_text("value = 'found'\n")
    serving = start(
        """
        import os, beside
        def application(environ, start_response):
            start_response("200 OK", [])
            return [f"{os.environ['COLOUR']} {beside.value} {os.getcwd()}".encode()]
        """,
        "--pythonpath=libraries",
        "--env=COLOUR=blue",
    )
    assert serving.get().body == f"blue found {tmp_path}".encode()


def test_a_reload_takes_the_new_configuration(project: Path, start) -> None:
    configure(project, "workers = 1\n")
    serving = start(ECHO, workers=None)
    configure(project, "workers = 2\nraw_env = ['COLOUR=green']\n")
    serving.hang_up()
    until(lambda: serving.log.count("is ready") == 3)
    until(lambda: len(serving.workers()) == 2)
    configure(project, "workers = 0\n")
    serving.hang_up()
    until(lambda: "the reload failed, nothing has changed" in serving.log)
    assert "workers must be at least 1" in serving.log
    assert serving.get().status == 200


def test_a_reload_moves_to_another_address(project: Path, start, tmp_path: Path) -> None:
    first, second = tmp_path / "1.sock", tmp_path / "2.sock"
    configure(project, f"bind = 'unix:{first}'\n")
    serving = start(ECHO, bind=None)
    configure(project, f"bind = 'unix:{second}'\n")
    serving.hang_up()
    until(lambda: not first.exists())
    assert serving.get(address=str(second)).status == 200
