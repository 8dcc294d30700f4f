"""Numbers for a statsd server, sent beside the log: the names are gunicorn's."""

from __future__ import annotations

import contextlib
import logging
import socket
from typing import Any

from hotclub.serve._logger import Logger


class Statsd(Logger):
    """A logger that also counts requests, their time, and entries by level."""

    def __init__(self, cfg: Any) -> None:
        self.prefix = cfg.statsd_prefix.rstrip(".") + "." if cfg.statsd_prefix else ""
        self.tags = f"|#{cfg.dogstatsd_tags}" if cfg.dogstatsd_tags else ""
        self.sock = _connect(cfg.statsd_host)
        super().__init__(cfg)

    def critical(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        """Log and count; so do the following."""
        super().critical(msg, *args, **kwargs)
        self.increment("gunicorn.log.critical", 1)

    def error(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        """Log and count an error."""
        super().error(msg, *args, **kwargs)
        self.increment("gunicorn.log.error", 1)

    def warning(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        """Log and count a warning."""
        super().warning(msg, *args, **kwargs)
        self.increment("gunicorn.log.warning", 1)

    def exception(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        """Log and count an exception."""
        super().exception(msg, *args, **kwargs)
        self.increment("gunicorn.log.exception", 1)

    def info(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        """Log, and send a number that came along."""
        self.log(logging.INFO, msg, *args, **kwargs)

    def debug(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        """Log, and send a number that came along."""
        self.log(logging.DEBUG, msg, *args, **kwargs)

    def log(self, lvl: Any, msg: Any, *args: Any, **kwargs: Any) -> None:
        """Send ``extra``'s metric, value and mtype; log what there is to say."""
        extra = kwargs.get("extra") or {}
        metric, value = extra.get("metric"), extra.get("value")
        send = {
            "gauge": self.gauge,
            "counter": self.increment,
            "histogram": self.histogram,
            "timer": self.timer,
        }.get(extra.get("mtype", ""))
        if metric and value is not None and send is not None:
            send(metric, value)
        if msg:
            super().log(lvl, msg, *args, **kwargs)

    def access(self, resp: Any, req: Any, environ: Any, request_time: Any) -> None:
        """Write the line, send the numbers."""
        super().access(resp, req, environ, request_time)
        status = str(resp.status).split(None, 1)[0]
        self.timer("gunicorn.request.duration", request_time.total_seconds() * 1000)
        self.increment("gunicorn.requests", 1)
        self.increment(f"gunicorn.request.status.{status}", 1)

    def gauge(self, name: str, value: Any) -> None:
        """A value as it is now."""
        self._send(f"{name}:{value}|g")

    def increment(self, name: str, value: Any, sampling_rate: float = 1.0) -> None:
        """Add to a counter."""
        self._send(f"{name}:{value}|c|@{sampling_rate}")

    def decrement(self, name: str, value: Any, sampling_rate: float = 1.0) -> None:
        """Take from a counter."""
        self._send(f"{name}:-{value}|c|@{sampling_rate}")

    def timer(self, name: str, value: float) -> None:
        """Milliseconds."""
        self._send(f"{name}:{value}|ms")

    def histogram(self, name: str, value: Any) -> None:
        """One value of many."""
        self._send(f"{name}:{value}|h")

    def _send(self, message: str) -> None:
        if self.sock is not None:
            with contextlib.suppress(OSError):  # nobody listens: numbers are lost, not requests
                self.sock.send(f"{self.prefix}{message}{self.tags}".encode())


def _connect(address: Any) -> socket.socket | None:
    if address is None:
        return None
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    if not isinstance(address, str) and ":" in address[0]:
        family = socket.AF_INET6
    connection = socket.socket(family, socket.SOCK_DGRAM)
    connection.setblocking(False)
    try:
        connection.connect(address)
    except OSError:
        connection.close()
        return None
    return connection
