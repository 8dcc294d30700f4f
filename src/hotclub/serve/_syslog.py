"""Logs to syslog."""

from __future__ import annotations

import logging
import logging.handlers
import socket
from typing import Any

from hotclub.errors import HotclubError

PORT = 514


def syslog_handler(cfg: Any, kind: str, layout: str) -> logging.Handler:
    """A handler for the log called ``kind``.

    Raises:
        HotclubError: the address or the facility is wrong, or nobody answers there.
    """
    kinds = logging.handlers.SysLogHandler.facility_names
    facility = cfg.syslog_facility.lower()
    if facility not in kinds:
        raise HotclubError(f"--log-syslog-facility: there is no facility {facility!r}")
    prefix = cfg.syslog_prefix or cfg.proc_name.replace(":", ".")
    address, how = parse_address(cfg.syslog_addr)
    try:
        handler = logging.handlers.SysLogHandler(address, kinds[facility], how)
    except OSError as error:
        raise HotclubError(f"--log-syslog-to {cfg.syslog_addr}: {error}") from None
    handler.setFormatter(logging.Formatter(f"gunicorn.{prefix}.{kind} {layout}"))
    return handler


def parse_address(text: str) -> tuple[Any, socket.SocketKind | None]:
    """``udp://host:port``, ``tcp://host:port``, ``unix://path`` with ``#dgram`` or ``#stream``."""
    scheme, _, rest = text.partition("://")
    if scheme == "unix":
        path, _, how = rest.partition("#")
        return path, {"dgram": socket.SOCK_DGRAM, "stream": socket.SOCK_STREAM}.get(how)
    if scheme not in ("udp", "tcp"):
        raise HotclubError(f"--log-syslog-to must be udp://, tcp:// or unix://, not {text!r}")
    kind = socket.SOCK_DGRAM if scheme == "udp" else socket.SOCK_STREAM
    host, colon, port = rest.rpartition(":")
    if not colon or rest.endswith("]"):
        return (rest.strip("[]").lower() or "localhost", PORT), kind
    if not port.isdigit():
        raise HotclubError(f"--log-syslog-to: {port!r} is not a port")
    return (host.strip("[]").lower() or "localhost", int(port)), kind
