"""The C server in a process of its own, without the process model around it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from serving import SOURCES, Client, Response

HERE = Path(__file__).parent


class Native:
    """``application`` of a module, served with the given keywords of ``_native.Server``."""

    def __init__(self, directory: Path, module: str, options: dict[str, Any]) -> None:
        self.log_path = directory / f"{module}.log"
        with self.log_path.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, str(HERE / "native.py"), module, json.dumps(options)],
                cwd=directory,
                env={
                    **os.environ,
                    "PYTHONPATH": f"{SOURCES}:{HERE}:{directory}",
                    "PYTHONDEVMODE": "1",
                },
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line, self.log
        self.port = int(line)

    @property
    def log(self) -> str:
        return self.log_path.read_text(errors="replace")

    @property
    def pid(self) -> int:
        return self.process.pid

    def client(self) -> Client:
        return Client(("127.0.0.1", self.port))

    def get(self, path: str = "/", *fields: str, method: str = "GET") -> Response:
        lines = [f"{method} {path} HTTP/1.1", "Host: x", "Connection: close", *fields]
        with self.client() as client:
            return client.request("\n".join(lines))

    def stop(self) -> int:
        """Drain; return the exit status."""
        try:
            self.process.communicate(timeout=20)
        finally:
            self.process.kill()
        return self.process.returncode
