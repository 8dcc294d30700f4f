"""Listening sockets, opened once by the master and shared by its workers."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import stat
from collections.abc import Sequence

from hotclub.errors import HotclubError


def open_listeners(binds: Sequence[str], backlog: int) -> list[socket.socket]:
    """Open every address of ``binds`` (``host:port``, ``[v6]:port``, ``:port``, ``unix:path``).

    Raises:
        HotclubError: an address that cannot be understood or cannot be had; none stays open.
    """
    opened: list[socket.socket] = []
    try:
        for bind in binds:
            opened.append(_open(bind, backlog))
    except BaseException:
        close_listeners(opened)
        raise
    return opened


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


def _open(bind: str, backlog: int) -> socket.socket:
    if bind.startswith("unix:"):
        return _open_unix(bind.removeprefix("unix:"), backlog)
    host, port = _split(bind)
    return _open_tcp(bind, host, port, backlog)


def _split(bind: str) -> tuple[str, int]:
    host, colon, port = bind.rpartition(":")
    if not colon:
        host, port = (bind, "8000") if not bind.isdigit() else ("127.0.0.1", bind)
    if not port.isdigit() or int(port) > 65535 or (":" in host and not host.startswith("[")):
        raise HotclubError(
            f"cannot listen on {bind!r}: expected host:port, [v6 address]:port or unix:path"
        )
    return host.strip("[]") or "0.0.0.0", int(port)


def _open_tcp(bind: str, host: str, port: int, backlog: int) -> socket.socket:
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
        listener.bind(address)
        listener.listen(backlog)
    except OSError as error:
        listener.close()
        raise HotclubError(_refusal(bind, error)) from None
    listener.setblocking(False)
    return listener


def _open_unix(path: str, backlog: int) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _remove_stale(path)
        listener.bind(path)
        listener.listen(backlog)
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
