"""Connections to elsewhere that are tried while a transaction is open. Deep recordings only.

Whether they succeed does not matter: a workspace refuses them all. What goes to this machine, or
to a database of the project's own, is not elsewhere.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import wraps
from ipaddress import ip_address
from types import ModuleType
from typing import Any

from ._hooks import Patches
from ._places import walk
from ._state import current


def patch_socket(module: ModuleType, patches: Patches) -> None:
    """The socket module: names that are looked up, addresses that are connected to."""
    for name in ("connect", "connect_ex"):
        patches.set(module.socket, name, _connecting(getattr(module.socket, name)))
    patches.wrap(module, "getaddrinfo", _looking_up)


def _connecting(original: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    @wraps(original)
    def connect(self: Any, address: Any) -> Any:
        if current.get() is not None and type(address) is tuple and address:
            _note(address[0])
        return original(self, address)

    return connect


def _looking_up(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        if current.get() is not None:
            _note(host)
        return original(host, *args, **kwargs)

    return getaddrinfo


def _note(host: Any) -> None:
    scope = current.get()
    notes = None if scope is None else scope[0].notes
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host or "")
    if notes is None or _is_here(name):
        return
    aliases = [connection.alias for connection in _in_transaction(name)]
    if aliases:
        notes.add("outbound", f"{name} {','.join(sorted(aliases))}", walk())


def _is_here(name: str) -> bool:
    if name in ("", "localhost"):
        return True
    try:
        address = ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _in_transaction(host: str) -> Iterator[Any]:
    """The connections that are in a transaction of the project's own; none if one of them is to
    this host."""
    module = sys.modules.get("django.db")
    if module is None:
        return
    opened = list(module.connections.all(initialized_only=True))
    if any(str(connection.settings_dict.get("HOST")) == host for connection in opened):
        return
    for connection in opened:
        blocks = getattr(connection, "atomic_blocks", ())
        if any(not getattr(block, "_from_testcase", False) for block in blocks):
            yield connection
