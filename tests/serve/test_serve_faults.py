"""Workers that hang, crash, grow or are killed: what clients notice of it."""

from __future__ import annotations

import json
import os
import re
import signal
import threading
import time
from pathlib import Path

import pytest
from serving import Client, Serving, until

ECHO = Path(__file__).with_name("echo.py").read_text()
GET = b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n"


def send(serving: Serving, path: bytes) -> Client:
    client = serving.client()
    client.send(GET % path)
    return client


def test_the_other_requests_of_a_worker_that_is_given_up_are_finished(start, tmp_path) -> None:
    serving = start(ECHO, "--timeout=4", "--graceful-timeout=20")
    (worker,) = serving.workers()
    with send(serving, b"/sleep?60") as hung:
        until((tmp_path / "sleeping").exists)
        time.sleep(3)
        with send(serving, b"/sleep?1.8") as slow, send(serving, b"/sleep?0.1") as quick:
            assert quick.response().body == b"slept"
            assert hung.response().status == 504
            assert slow.response().body == b"slept"
    until(lambda: worker not in serving.workers())
    assert serving.get().status == 200
    assert serving.log.count("a request has run for more than 4 s; the stacks") == 1
    assert re.search(rf"worker {worker} retires: a request has run for more than 4 s", serving.log)
    assert "replaced" not in serving.log


def test_every_thread_that_hangs_is_told_of(start) -> None:
    serving = start(ECHO, "--timeout=1", "--threads=2")
    clients = [send(serving, b"/sleep?60") for _ in range(2)]
    for client in clients:
        assert client.response().status == 504
        client.socket.close()
    until(lambda: serving.log.count("is ready") == 2)
    assert serving.log.count(", in sleep") == 2
    assert "Thread hotclub-1:" in serving.log and "Thread hotclub-2:" in serving.log


def test_waiting_for_a_thread_is_not_running(start) -> None:
    serving = start(ECHO, "--timeout=1", "--threads=1")
    (worker,) = serving.workers()
    clients = [send(serving, b"/sleep?0.4") for _ in range(5)]
    for client in clients:
        assert client.response().body == b"slept"
        client.socket.close()
    assert serving.workers() == [worker]
    assert "has run for more" not in serving.log


def test_what_no_thread_is_left_for_does_not_wait_in_vain(start, tmp_path: Path) -> None:
    serving = start(ECHO, "--timeout=1", "--threads=2", "--graceful-timeout=60")
    hung = [send(serving, b"/sleep?60") for _ in range(2)]
    until((tmp_path / "sleeping").exists)
    with send(serving, b"/") as queued:
        queued.rest()  # answered by nobody, but soon
    for client in hung:
        assert client.response().status == 504
        client.socket.close()
    assert serving.get().status == 200


def test_a_response_that_has_begun_is_cut_off(start, tmp_path: Path) -> None:
    serving = start(ECHO, "--timeout=1", "--graceful-timeout=1")
    with send(serving, b"/streamed") as client:
        head = client.head()
        assert head.status == 200 and b"first" in client.rest()
    until(lambda: serving.log.count("is ready") == 2)


def test_an_interpreter_that_is_held(start) -> None:
    """An extension that does not let go of the lock: nobody in that process can do anything."""
    serving = start(
        """
        import ctypes
        def hold(environ, start_response):
            ctypes.PyDLL(None).sleep(60)
        def application(environ, start_response):
            if environ["PATH_INFO"] == "/hold":
                return hold(environ, start_response)
            start_response("200 OK", [])
            return [b"fine"]
        """,
        "--timeout=1",
    )
    with send(serving, b"/hold") as held, send(serving, b"/") as waiting:
        until(lambda: "did not answer for 1 s" in serving.log)
        assert held.closed()
        waiting.rest()
    until(lambda: serving.get().body == b"fine")
    assert re.search(r'File ".*app\.py", line \d+ in hold', serving.log)
    assert "was killed by SIGABRT; it is replaced" in serving.log


def test_no_connection_is_lost_while_there_is_no_worker(start) -> None:
    serving = start("import time; time.sleep(0.3)\n" + ECHO)
    os.kill(serving.workers()[0], signal.SIGKILL)
    clients = [send(serving, b"/") for _ in range(50)]
    for client in clients:
        assert client.response().status == 200
        client.socket.close()


def test_killing_workers_again_and_again_under_load(start) -> None:
    """A request that a killed worker had begun is lost; no response is ever wrong."""
    serving = start(ECHO, "--workers=2", ready=2)
    done = threading.Event()
    seen: list[str] = []

    def load() -> None:
        while not done.is_set():
            try:
                response = serving.get("/large?20000")
            except (OSError, EOFError):
                seen.append("lost")
            else:
                whole = (response.status, response.body) == (200, b"x" * 20000)
                seen.append("whole" if whole else "wrong")

    threads = [threading.Thread(target=load) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(5):
        until(lambda: len(serving.workers()) == 2)
        before = len(seen)
        os.kill(serving.workers()[0], signal.SIGKILL)
        until(lambda before=before: len(seen) > before + 10)
    done.set()
    for thread in threads:
        thread.join()
    assert "wrong" not in seen
    assert seen.count("lost") <= 5 * len(threads) < seen.count("whole")
    assert serving.get().status == 200


def test_a_crash_loop_backs_off_and_says_why(start) -> None:
    serving = start(
        """
        import os
        def application(environ, start_response): os.abort()
        """
    )

    def crash() -> bool:
        with serving.client() as client:
            client.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert client.closed()
        return "after 4 short lives" in serving.log

    until(crash)
    pauses = re.findall(r"it is replaced in ([\d.]+) s, after \d short lives", serving.log)
    assert [float(each) for each in pauses[:3]] == [0.25, 0.5, 1]
    assert "was killed by SIGABRT" in serving.log and "Fatal Python error: Aborted" in serving.log


def test_a_worker_that_grows_is_replaced(start) -> None:
    serving = start(
        ECHO.replace(
            "def echo",
            "held = []\n"
            "def grow(environ, start_response):\n"
            "    held.append(bytearray(b'x' * (200 << 20)))\n"
            "    start_response('200 OK', [])\n"
            "    return [b'grown']\n"
            "def echo",
            1,
        ),
        "--max-rss=150M",
    )
    before = json.loads(serving.get().body)["pid"]
    assert serving.get("/grow").body == b"grown"
    until(lambda: "MiB of memory, --max-rss" in serving.log)
    until(lambda: json.loads(serving.get().body)["pid"] != before)
    assert "replaced" not in serving.log


@pytest.mark.parametrize("workers", [1, 2])
def test_reloading_again_and_again_under_load_fails_no_request(start, workers: int) -> None:
    serving = start(ECHO, f"--workers={workers}", ready=workers)
    done = threading.Event()
    failures: list[str] = []

    def load() -> None:
        while not done.is_set():
            try:
                if serving.get().status != 200:
                    failures.append("status")
            except (OSError, EOFError) as error:
                failures.append(repr(error))

    threads = [threading.Thread(target=load) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(3):
        before = set(serving.workers())
        serving.hang_up()
        until(lambda before=before: not before & set(serving.workers()))
        until(lambda: len(serving.workers()) == workers)
    done.set()
    for thread in threads:
        thread.join()
    assert failures == []
