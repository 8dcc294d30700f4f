"""Connections: nothing leaves but to the addresses and sockets that are allowed.

CPython looks up the host of `socket.connect((host, port))` before it raises the event: there the
connection is refused but the question has been asked, unless the library is preloaded too.
"""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
import threading
from collections.abc import Callable
from typing import Any

from hotclub.agent._guard._log import Log
from hotclub.agent._guard._paths import inside

# Sockets of the system's own services: libraries try them unasked and live without.
_QUIET = (
    "/run/nscd/",
    "/var/run/nscd/",
    "/run/systemd/",
    "/var/run/systemd/",
    "/run/dbus/",
    "/var/run/dbus/",
    "/dev/log",
)
_INNOCENT = {socket.AF_UNSPEC} | {
    getattr(socket, name) for name in ("AF_NETLINK", "AF_ALG") if hasattr(socket, name)
}


def _ip(host: str) -> str | None:
    """The address in one spelling, the unspecified ones as the machine itself; None for names."""
    try:
        address = ipaddress.ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if address.is_unspecified:
        return "127.0.0.1" if address.version == 4 else "::1"
    return str(address)


def _text(value: object) -> str:
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).decode("utf-8", "surrogateescape")
    return str(value)


class Allowed:
    """What may be reached."""

    def __init__(self, allow: str, roots: tuple[str, ...]) -> None:
        self._hosts: set[tuple[str, str]] = set()
        self._names: set[str] = set()
        self._sockets: set[str] = set()
        self._roots = roots
        self._learning = threading.local()
        for entry in filter(None, allow.split(",")):
            if entry.startswith("unix:"):
                self._sockets |= {entry[5:], os.path.realpath(entry[5:])}
            else:
                self._add_host(entry)

    def _add_host(self, entry: str) -> None:
        host, colon, port = entry.rpartition(":")
        host = host.lower()
        if not colon:
            return
        self._hosts.add((_ip(host) or host, port))
        if host == "localhost":
            self._hosts |= {("127.0.0.1", port), ("::1", port)}
        elif _ip(host) is None:
            self._names.add(host)

    def learn(self, host: str) -> None:
        """An allowed name's addresses are allowed too, as it is looked up."""
        host = host.lower()
        ports = {port for name, port in self._hosts if name == host}
        if host not in self._names or getattr(self._learning, "now", False):
            return
        self._learning.now = True
        try:
            for *_, address in socket.getaddrinfo(host, None):
                self._hosts |= {(_ip(str(address[0])) or "", port) for port in ports}
        except OSError:
            pass
        finally:
            self._learning.now = False

    def allows(self, host: str, port: object) -> bool:
        name = _ip(host) or host.lower()
        return bool({(name, str(port)), (name, "*")} & self._hosts)

    def allows_name(self, host: str) -> bool:
        host = host.lower()
        own = (socket.gethostname().lower(), "localhost", "")
        return _ip(host) is not None or host in own or host in self._names

    def allows_socket(self, path: str) -> bool:
        if path in self._sockets:
            return True
        resolved = os.path.realpath(path)
        return path[:1] != "@" and (resolved in self._sockets or inside(resolved, self._roots))


class Net:
    """One method for each audit event about connections; `events` says which."""

    def __init__(self, allow: str, roots: tuple[str, ...], log: Log) -> None:
        self._allowed = Allowed(allow, roots)
        self._log = log
        self.events: dict[str, Callable[..., None]] = {
            "socket.connect": self._connect,
            "socket.sendto": self._sendto,
            "socket.sendmsg": self._sendto,
            "socket.getaddrinfo": self._lookup,
            "socket.gethostbyname": self._lookup,
            "socket.gethostbyaddr": self._reverse_lookup,
        }

    def _connect(self, sock: socket.socket, address: Any, what: str = "connect") -> None:
        if sock.family in _INNOCENT or address is None:
            return
        if sock.family == getattr(socket, "AF_UNIX", None):
            self._reach_socket(what, _text(address).replace("\0", "@", 1))
        elif sock.family in (socket.AF_INET, socket.AF_INET6):
            host, port = _text(address[0]), address[1]
            if not self._allowed.allows(host, port):
                self._refuse(what, f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
        else:
            self._refuse(what, f"address family {int(sock.family)}")

    def _sendto(self, sock: socket.socket, address: Any) -> None:
        self._connect(sock, address, "sendto")

    def _reach_socket(self, what: str, path: str) -> None:
        if not path or self._allowed.allows_socket(path):
            return
        self._refuse(what, f"unix:{path}", is_quiet=path.startswith(_QUIET))

    def _refuse(self, what: str, where: str, is_quiet: bool = False) -> None:
        if not is_quiet:
            self._log.refusal("net", what, where)
        raise ConnectionRefusedError(
            errno.ECONNREFUSED, f"hotclub: the workspace does not talk to {where}"
        )

    def _lookup(self, host: Any, port: Any = None, *_: Any) -> None:
        if host is None or self._allowed.allows_name(_text(host)):
            self._allowed.learn(_text(host or ""))
            return
        where = _text(host) if port is None else f"{_text(host)}:{_text(port)}"
        self._log.refusal("net", "getaddrinfo", where)
        raise socket.gaierror(socket.EAI_NONAME, f"hotclub: the workspace does not talk to {where}")

    def _reverse_lookup(self, _: Any) -> None:
        raise socket.herror(1, "hotclub: the workspace does not look up hosts")
