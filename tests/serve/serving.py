"""A real ``hotclub serve`` process, and a raw client that sends exactly what it is given."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

SOURCES = Path(__file__).parent.parent.parent / "src"
PATIENCE = 15.0


def until(condition: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Wait until something is true; fail when it does not come to be."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"did not happen within {seconds} s")
        time.sleep(0.02)


@dataclass
class Response:
    """One response, taken apart by hand so that the test sees what is on the wire."""

    status: int
    headers: dict[str, str]
    body: bytes
    raw: bytes


class Client:
    """One connection."""

    def __init__(self, address: tuple[str, int] | str) -> None:
        family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.settimeout(PATIENCE)
        self.unread = b""
        try:
            self.socket.connect(address)
        except OSError:
            self.socket.close()
            raise

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def request(self, text: str, body: bytes = b"") -> Response:
        """Send lines joined by CRLF, a blank line and a body; read the response."""
        self.send(text.strip().replace("\n", "\r\n").encode("latin-1") + b"\r\n\r\n" + body)
        return self.response(head_only=text.startswith("HEAD"))

    def more(self) -> bytes:
        """What comes next, b'' at the end of the stream."""
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            data = b""
        return data

    def read_until(self, end: bytes) -> bytes:
        while end not in self.unread:
            data = self.more()
            if not data:
                raise EOFError(f"the stream ended before {end!r}: {self.unread!r}")
            self.unread += data
        before, _, self.unread = self.unread.partition(end)
        return before + end

    def read_exactly(self, count: int) -> bytes:
        while len(self.unread) < count:
            data = self.more()
            if not data:
                raise EOFError(f"the stream ended before {count} bytes: {self.unread[:200]!r}")
            self.unread += data
        data, self.unread = self.unread[:count], self.unread[count:]
        return data

    def rest(self) -> bytes:
        """Everything until the server closes."""
        data = self.unread
        while more := self.more():
            data += more
        self.unread = b""
        return data

    def closed(self) -> bool:
        """Whether the server closes without another byte."""
        return self.rest() == b""

    def head(self) -> Response:
        head = self.read_until(b"\r\n\r\n")
        first, *lines = head[:-4].decode("latin-1").split("\r\n")
        headers = {}
        for line in lines:
            name, _, value = line.partition(": ")
            headers[name.lower()] = value
        assert re.match(r"HTTP/1\.1 \d{3} ", first), first
        return Response(int(first[9:12]), headers, b"", head)

    def response(self, head_only: bool = False) -> Response:
        response = self.head()
        if head_only or response.status in (204, 304):
            return response
        if "chunked" in response.headers.get("transfer-encoding", ""):
            while size := int(self.read_until(b"\r\n"), 16):
                response.body += self.read_exactly(size)
                assert self.read_exactly(2) == b"\r\n"
            assert self.read_exactly(2) == b"\r\n"
        elif "content-length" in response.headers:
            response.body = self.read_exactly(int(response.headers["content-length"]))
        else:
            response.body = self.rest()
        return response


class Serving:
    """The process, its address, its log."""

    def __init__(
        self,
        directory: Path,
        *options: str,
        application: str = "app:application",
        bind: str | None = "127.0.0.1:0",
        environ: dict[str, str] | None = None,
        pass_fds: tuple[int, ...] = (),
        preexec_fn: Callable[[], None] | None = None,
    ):
        self.directory = directory
        self.log_path = directory / "serve.log"
        words = [application] if application else []
        self.port = 0
        if bind and not any(word.startswith("--bind") for word in options):
            options = (f"--bind={bind}", *options)
        with self.log_path.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "hotclub", "serve", *words, *options],
                cwd=directory,
                env={
                    **os.environ,
                    "PYTHONPATH": str(SOURCES),
                    "PYTHONDEVMODE": "1",
                    **(environ or {}),
                },
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=pass_fds,
                preexec_fn=preexec_fn,
            )

    @property
    def log(self) -> str:
        return self.log_path.read_text(errors="replace")

    def ready(self, workers: int = 1) -> Serving:
        def is_ready() -> bool:
            assert self.process.poll() is None, self.log
            return self.log.count("is ready") >= workers

        until(is_ready)
        found = re.search(r"http://127\.0\.0\.1:(\d+)", self.log)
        self.port = int(found[1]) if found else 0
        return self

    def client(self) -> Client:
        return Client(("127.0.0.1", self.port))

    def get(
        self, path: str = "/", *headers: str, address: tuple[str, int] | str | None = None
    ) -> Response:
        with Client(address or ("127.0.0.1", self.port)) as client:
            lines = [f"GET {path} HTTP/1.1", "Host: x", "Connection: close", *headers]
            return client.request("\n".join(lines))

    def hang_up(self) -> None:
        self.process.send_signal(signal.SIGHUP)

    def workers(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in children.read_text().split()]

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and return the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(PATIENCE)

    def kill(self) -> None:
        """Whatever is left of it."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        finally:
            self.process.wait()


def run(directory: Path, *words: str, **environ: str) -> tuple[int, str]:
    """Run a server that is expected to give up by itself."""
    done = subprocess.run(
        [sys.executable, "-m", "hotclub", "serve", *words],
        cwd=directory,
        env={
            **{k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"},
            "PYTHONPATH": str(SOURCES),
            **environ,
        },
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stdout + done.stderr
