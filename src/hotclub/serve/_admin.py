"""The admin listener: numbers, status and health, answered by the master itself.

The master must never wait for anybody, so this is HTTP at its least: a request's head is read as
it comes, the answer is given to the kernel in one piece, and the connection is closed.
"""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from hotclub.errors import HotclubError
from hotclub.serve import _log, _metrics
from hotclub.serve._config import Config
from hotclub.serve._listen import close_listeners, describe, open_one

if TYPE_CHECKING:
    from hotclub.serve._master import Master

MOST = 32  # connections at once
PATIENCE = 5.0  # seconds for a request to arrive
LONGEST = 8192  # bytes of a request's head
ROOM = 1 << 20  # of the kernel's, for an answer

Answer = tuple[str, str, str]


class Admin:
    """Listens on ``cfg.admin``, if that is set."""

    def __init__(self, master: Master) -> None:
        self._master = master
        self._address: str | None = None
        self._listener: socket.socket | None = None
        self._open: dict[int, tuple[socket.socket, bytearray, float]] = {}

    def keep(self, cfg: Config, *, patient: bool) -> None:
        """Listen where the settings say.

        Args:
            cfg: the settings.
            patient: the address may still be another master's; then it is tried again later.

        Raises:
            HotclubError: the address cannot be had, when not ``patient``; nothing has changed.
        """
        self._drop_slow()
        if cfg.admin == self._address:
            return
        opened = None
        if cfg.admin is not None:
            try:
                opened = open_one(cfg.admin, cfg)
            except HotclubError:
                if patient:
                    return
                raise
        self.close()
        self._listener, self._address = opened, cfg.admin
        if opened is not None:
            _log.info(f"status and metrics on {describe(opened)}")

    def descriptors(self) -> Iterable[int]:
        """What the master is to wait for."""
        if self._listener is None:
            return ()
        full = len(self._open) >= MOST
        return [*self._open, *([] if full else [self._listener.fileno()])]

    def serve(self, readable: Iterable[int]) -> None:
        """Deal with the descriptors that have news."""
        for descriptor in readable:
            if descriptor in self._open:
                self._read(descriptor)
            elif self._listener is not None and descriptor == self._listener.fileno():
                self._accept()

    def close(self, *, unlink: bool = True) -> None:
        """Stop listening, drop every connection."""
        for descriptor in list(self._open):
            self._drop(descriptor)
        if self._listener is not None:
            close_listeners([self._listener], unlink=unlink)
        self._listener = self._address = None

    def _accept(self) -> None:
        assert self._listener is not None
        try:
            connection, _ = self._listener.accept()
        except OSError:
            return
        connection.setblocking(False)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, ROOM)
        self._open[connection.fileno()] = (connection, bytearray(), time.monotonic())

    def _read(self, descriptor: int) -> None:
        connection, head, _ = self._open[descriptor]
        try:
            data = connection.recv(LONGEST)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        head += data
        whole = b"\r\n\r\n" in head or b"\n\n" in head
        if whole:
            with contextlib.suppress(OSError):
                connection.send(respond(bytes(head), self._answer))
                connection.shutdown(socket.SHUT_WR)
        if whole or not data or len(head) > LONGEST:
            self._drop(descriptor)

    def _drop(self, descriptor: int) -> None:
        connection, _, _ = self._open.pop(descriptor)
        connection.close()

    def _drop_slow(self) -> None:
        late = time.monotonic() - PATIENCE
        for descriptor in [each for each, (_, _, since) in self._open.items() if since < late]:
            self._drop(descriptor)

    def _answer(self, path: str) -> Answer:
        if path == "/metrics":
            return "200 OK", "text/plain; version=0.0.4", _metrics.prometheus(self._master)
        if path == "/status":
            return "200 OK", "application/json", _metrics.status_json(self._master)
        if path == "/health":
            well = self._master.fleet.healthy() and not self._master.stopping
            status = "200 OK" if well else "503 Service Unavailable"
            return status, "text/plain", "ok\n" if well else "no worker is ready\n"
        return "404 Not Found", "text/plain", "there are /metrics, /status and /health\n"


def respond(head: bytes, answer: Callable[[str], Answer]) -> bytes:
    """The response to a request's head."""
    words = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
    if len(words) != 3 or words[0] not in ("GET", "HEAD"):
        status, kind, text = "400 Bad Request", "text/plain", "GET and HEAD are answered here\n"
    else:
        status, kind, text = answer(words[1].partition("?")[0])
    body = text.encode()
    lines = (
        f"HTTP/1.1 {status}",
        f"Content-Type: {kind}",
        f"Content-Length: {len(body)}",
        "Cache-Control: no-store",
        "Connection: close",
    )
    sent = "\r\n".join(lines).encode() + b"\r\n\r\n"
    return sent if words[0] == "HEAD" else sent + body
