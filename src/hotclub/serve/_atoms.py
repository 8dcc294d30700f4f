"""The pieces of log entries: an access line's values, and entries as JSON."""

from __future__ import annotations

import base64
import binascii
import json
import logging
import os
import time
from datetime import timedelta
from typing import Any


class SafeAtoms(dict[str, Any]):
    """The values of an access line: an unknown one is ``-``, quotes are escaped."""

    def __init__(self, atoms: dict[str, Any]) -> None:
        super().__init__()
        for key, value in atoms.items():
            self[key] = value.replace('"', '\\"') if isinstance(value, str) else value

    def __getitem__(self, key: str) -> Any:
        return super().get(key.lower() if key.startswith("{") else key, "-")


class JsonFormatter(logging.Formatter):
    """One JSON object for each entry."""

    def format(self, record: logging.LogRecord) -> str:
        """The entry as a line."""
        entry = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S%z", time.localtime(record.created)),
            "pid": record.process,
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False)


def atoms_of(
    resp: Any, req: Any, environ: Any, request_time: timedelta, now: str
) -> dict[str, Any]:
    """What an access line may say, by the names of its format language."""
    status = resp.status.split(None, 1)[0] if isinstance(resp.status, str) else resp.status
    micros = request_time // timedelta(microseconds=1)
    sent = getattr(resp, "sent", None)
    atoms = {
        "h": environ.get("REMOTE_ADDR", "-"),
        "l": "-",
        "u": user_of(environ.get("HTTP_AUTHORIZATION", "")) or "-",
        "t": now,
        "r": "{REQUEST_METHOD} {RAW_URI} {SERVER_PROTOCOL}".format_map(environ),
        "s": status,
        "m": environ.get("REQUEST_METHOD"),
        "U": environ.get("PATH_INFO"),
        "q": environ.get("QUERY_STRING"),
        "H": environ.get("SERVER_PROTOCOL"),
        "b": str(sent) if sent is not None else "-",
        "B": sent,
        "f": environ.get("HTTP_REFERER", "-"),
        "a": environ.get("HTTP_USER_AGENT", "-"),
        "T": micros // 1_000_000,
        "D": micros,
        "M": micros // 1000,
        "L": f"{micros // 1_000_000}.{micros % 1_000_000:06}",
        "p": f"<{os.getpid()}>",
    }
    for headers, letter in ((req.headers, "i"), (resp.headers, "o"), (environ, "e")):
        pairs = headers.items() if hasattr(headers, "items") else headers
        atoms.update({f"{{{name.lower()}}}{letter}": value for name, value in pairs})
    return atoms


def user_of(authorization: str) -> str | None:
    """The user that a Basic Authorization header names."""
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(value.strip()).split(b":", 1)[0].decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
