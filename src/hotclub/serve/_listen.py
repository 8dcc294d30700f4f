"""Listening sockets, opened once by the master and shared by its workers."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import stat
import sys
from collections.abc import Sequence

from hotclub.errors import HotclubError
from hotclub.serve._config import Config

FIRST_FREE = 3  # standard input, output and error keep their descriptors


class Listeners:
    """The sockets of one master. What a reload opens is kept beside the old until it is settled."""

    def __init__(self) -> None:
        self._now: list[tuple[str, socket.socket]] = []
        self._before: list[tuple[str, socket.socket]] | None = None
        self._passed = False

    @property
    def sockets(self) -> list[socket.socket]:
        """The sockets that new workers serve."""
        return [listener for _, listener in self._now]

    def open(
        self, cfg: Config, *, inherited: Sequence[int] | None = None, keep: bool = False
    ) -> None:
        """Open what ``bind`` says; with ``inherited``, take those descriptors instead.

        With ``keep``, sockets whose address is still wanted stay as they are.

        Raises:
            HotclubError: an address that cannot be understood or had; then nothing has changed.
        """
        if self._passed:
            return
        if inherited:
            self._passed = True
            self._now = [(f"fd://{number}", _adopt(number)) for number in inherited]
            return
        chosen = _chosen(cfg, dict(self._now) if keep else {})
        if keep and self._before is None:
            self._before = self._now
        elif keep and self._before is not None:  # a reload on top of one that is not settled
            wanted = [each for _, each in (*chosen, *self._before)]
            close_listeners([each for each in self.sockets if each not in wanted])
        self._now = chosen

    def settle(self) -> None:
        """The new workers serve: close what only the old ones wanted."""
        if self._before is not None:
            kept = self.sockets
            close_listeners([each for _, each in self._before if each not in kept])
            self._before = None

    def go_back(self) -> None:
        """The new workers do not start: close what only they wanted."""
        if self._before is not None:
            kept = [each for _, each in self._before]
            close_listeners([each for each in self.sockets if each not in kept])
            self._now, self._before = self._before, None

    def close(self, *, unlink: bool = True) -> None:
        """Close all; files of Unix sockets that were made here are removed with ``unlink``."""
        close_listeners(self.sockets, unlink=unlink and not self._passed)
        self._now = []

    def __str__(self) -> str:
        return ", ".join(describe(each) for each in self.sockets)


def _chosen(cfg: Config, had: dict[str, socket.socket]) -> list[tuple[str, socket.socket]]:
    """A socket for each address: the one that was there, or a new one."""
    fresh: list[socket.socket] = []
    chosen = []
    try:
        for bind in cfg.bind:
            if bind not in had:
                fresh.append(_open(bind, cfg))
            chosen.append((bind, had[bind] if bind in had else fresh[-1]))
    except BaseException:
        close_listeners(fresh)
        raise
    return chosen


def open_one(bind: str, cfg: Config) -> socket.socket:
    """Open one address, which may be any that ``bind`` takes; raises HotclubError."""
    return _open(bind, cfg)


def close_listeners(listeners: Sequence[socket.socket], *, unlink: bool = True) -> None:
    """Close the sockets; with ``unlink`` remove the files of the unix ones, too."""
    for listener in listeners:
        path = listener.getsockname() if listener.family == socket.AF_UNIX else None
        listener.close()
        if path and unlink:
            with contextlib.suppress(OSError):
                os.unlink(path)


def describe(listener: socket.socket) -> str:
    """The address as a person would type it: ``http://127.0.0.1:8000`` or ``unix:/run/x``."""
    name = listener.getsockname()
    if listener.family == socket.AF_UNIX:
        return f"unix:{name}"
    host = f"[{name[0]}]" if listener.family == socket.AF_INET6 else name[0]
    return f"http://{host}:{name[1]}"


def own_copies(listeners: Sequence[socket.socket], backlog: int) -> list[socket.socket]:
    """For ``reuse_port``: sockets of this process on the same addresses."""
    return [_open_own(each, backlog) for each in listeners]


def backlog_of(listeners: Sequence[socket.socket]) -> int:
    """Connections that wait in the kernel to be accepted (Linux: ``tcpi_unacked``)."""
    waiting = 0
    for listener in listeners:
        if listener.family != socket.AF_UNIX:
            info = listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)
            waiting += int.from_bytes(info[24:28], sys.byteorder)
    return waiting


def _open_own(listener: socket.socket, backlog: int) -> socket.socket:
    if listener.family == socket.AF_UNIX:
        return listener
    own = socket.socket(listener.family, listener.type)
    own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    own.bind(listener.getsockname())
    own.listen(backlog)
    own.setblocking(False)
    return own


def _adopt(number: int) -> socket.socket:
    try:
        listener = socket.socket(fileno=os.dup(number) if number < FIRST_FREE else number)
        listening = listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    except OSError as error:
        raise HotclubError(
            f"descriptor {number}, passed as a socket, is none: {error.strerror}"
        ) from None
    if not listening:
        raise HotclubError(f"descriptor {number} is a socket, but it does not listen")
    listener.setblocking(False)
    os.set_inheritable(listener.fileno(), False)
    return listener


def _open(bind: str, cfg: Config) -> socket.socket:
    if bind.startswith("fd://"):
        number = bind.removeprefix("fd://")
        if not number.isdigit():
            raise HotclubError(f"cannot listen on {bind!r}: expected fd://number")
        return _adopt(int(number))
    if bind.startswith("unix:"):
        path = bind.removeprefix("unix:")
        return _open_unix(path[2:] if path.startswith("//") else path, cfg)
    host, port = _split(bind.removeprefix("tcp://"))
    return _open_tcp(bind, host, port, cfg)


def _split(bind: str) -> tuple[str, int]:
    host, colon, port = bind.rpartition(":")
    if not colon:
        host, port = (bind, "8000") if not bind.isdigit() else ("127.0.0.1", bind)
    if not port.isdigit() or int(port) > 65535 or (":" in host and not host.startswith("[")):
        raise HotclubError(
            f"cannot listen on {bind!r}: expected host:port, [v6 address]:port or unix:path"
        )
    return host.strip("[]") or "0.0.0.0", int(port)


def _open_tcp(bind: str, host: str, port: int, cfg: Config) -> socket.socket:
    try:
        found = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE | socket.AI_ADDRCONFIG
        )
    except OSError as error:
        raise HotclubError(f"cannot listen on {bind}: the host is unknown ({error})") from None
    family, kind, protocol, _, address = found[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(host != "::"))
        if cfg.reuse_port:  # this one holds the address, each worker listens with one of its own
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind(address)
        if not cfg.reuse_port:
            listener.listen(cfg.backlog)
    except OSError as error:
        listener.close()
        raise HotclubError(_refusal(bind, error)) from None
    listener.setblocking(False)
    return listener


def _open_unix(path: str, cfg: Config) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _remove_stale(path)
        before = os.umask(cfg.umask)
        try:
            listener.bind(path)
        finally:
            os.umask(before)
        if (cfg.uid, cfg.gid) != (os.geteuid(), os.getegid()):
            os.chown(path, cfg.uid, cfg.gid)
        listener.listen(cfg.backlog)
    except (OSError, ValueError) as error:
        listener.close()
        if not isinstance(error, OSError):
            raise HotclubError(f"cannot listen on unix:{path}: {error}") from None
        raise HotclubError(_refusal(f"unix:{path}", error)) from None
    listener.setblocking(False)
    return listener


def _remove_stale(path: str) -> None:
    """Remove a socket file that nobody answers on; leave any other file alone."""
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISSOCK(os.stat(path).st_mode):
            raise OSError(errno.EEXIST, "a file that is not a socket is in the way")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            try:
                probe.connect(path)
            except ConnectionRefusedError:
                os.unlink(path)
                return
        raise OSError(errno.EADDRINUSE, "in use")


def _refusal(bind: str, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"{bind} is already in use by another program; stop it or pass another --bind"
    if error.errno == errno.EACCES:
        return f"cannot listen on {bind}: not permitted; ports below 1024 need privileges"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"cannot listen on {bind}: this machine has no such address; try 0.0.0.0"
    return f"cannot listen on {bind}: {error.strerror or error}"
