"""A process of the project's interpreter that serves the driver's calls.

One socket pair carries JSON lines; a pipe that nobody writes to is the child's lifeline: the
kernel kills the child when the driver's end of it closes, whatever the child is doing. What the
project prints goes to a log. A call that takes too long, or a child that dies, costs that child
only: its whole process group is killed and the next call raises.
"""

from __future__ import annotations

import base64
import contextlib
import itertools
import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from hotclub.workspace._asked import Asked
from hotclub.workspace._errors import AgentError, ChildDied, ChildTimeout
from hotclub.workspace._log import TAIL_BYTES, tail
from hotclub.workspace._reads import NAME as READS
from hotclub.workspace._reads import VARIABLE, note_mapped
from hotclub.workspace._response import Response

DEFAULT_TIMEOUT = 60.0
START_TIMEOUT = 120.0
_GRACE = 3.0


class Child:
    """A running child; made by :meth:`Workspace.child`. A context manager that closes it.

    ``setup`` is the agent's answer to ``setup``: versions, databases, hosts, apps. Not
    thread-safe: one call at a time.
    """

    def __init__(
        self,
        command: Sequence[str],
        environ: Mapping[str, str],
        directory: Path,
        run: Path,
        tree: Path,
        at_end: Callable[[], None] = lambda: None,
    ) -> None:
        self.run = run
        self._at_end = at_end
        self.tree = tree
        self.log_path = run / "log.txt"
        self.setup: dict[str, Any] = {}
        self._numbers = itertools.count(1)
        self._buffer = b""
        self._killed = False
        self._reads = run / READS if VARIABLE in environ else None
        self._socket, theirs = socket.socketpair()
        lifeline, self._lifeline = os.pipe()
        wires = f"{theirs.fileno()},{lifeline}"
        try:
            with open(self.log_path, "ab") as log:
                self._process = subprocess.Popen(
                    command,
                    cwd=directory,
                    env={**environ, "HOTCLUB_AGENT_WIRES": wires},
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    pass_fds=(theirs.fileno(), lifeline),
                    start_new_session=True,
                )
        except OSError as error:
            self._drop_wires()
            at_end()
            raise ChildDied(f"{command[0]} does not start: {error}") from None
        finally:
            theirs.close()
            os.close(lifeline)

    @property
    def pid(self) -> int:
        """The child's process id, also that of its process group."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the child can still be called."""
        return self._socket.fileno() >= 0 and self._process.poll() is None

    def start(self) -> None:
        """Have the agent set the project up; ``self.setup`` is its answer."""
        self.setup = self.call("setup", timeout=START_TIMEOUT)

    def call(self, op: str, *, timeout: float | None = None, **fields: Any) -> dict[str, Any]:
        """Have the agent do ``op`` and return its answer.

        Raises:
            AgentError: the agent answered that the project cannot do it.
            ChildTimeout: no answer within ``timeout`` seconds; the child was killed.
            ChildDied: the child is gone.
        """
        if self._socket.fileno() < 0:
            raise ChildDied("the child was already closed", self.log_tail())
        seconds = DEFAULT_TIMEOUT if timeout is None else timeout
        number = next(self._numbers)
        line = json.dumps({"id": number, "op": op, **fields}).encode() + b"\n"
        deadline = time.monotonic() + seconds
        try:
            self._send(line, deadline)
            answer = self._receive(number, deadline)
        except TimeoutError:
            raise self._timed_out(op, seconds, fields) from None
        except (OSError, EOFError):
            raise self._died(op, fields) from None
        except BaseException:
            self.kill()
            raise
        if not answer.pop("ok", False):
            raise AgentError(answer.get("error", {}))
        answer.pop("id", None)
        return answer

    def request(
        self,
        path: str,
        *,
        method: str = "GET",
        query: str = "",
        headers: Iterable[tuple[str, str]] = (),
        body: bytes = b"",
        user: str | None = None,
        label: str = "",
        index: int | None = None,
        seconds: float = 10.0,
        size: int = 4 << 20,
        work: bool = False,
        links: bool = False,
        recorded: bool = True,
    ) -> Response:
        """Put one request through the project's WSGI application.

        ``user`` is ``None``, ``"user"`` or ``"staff"``; ``label`` is kept in the recording;
        ``index`` seeds what is random (the number of requests so far when not given). A body is
        read up to ``size`` bytes and ``seconds`` seconds; a view that takes longer costs the
        child. With ``work`` the work of its statements is counted, with ``links`` it is told what
        the response leads to; both take time. One that is not ``recorded`` is missing in the
        child's recording.
        """
        answer = self.call(
            "request",
            timeout=seconds + _GRACE,
            method=method,
            path=path,
            query=query,
            headers=list(headers),
            body=base64.b64encode(body).decode(),
            user=user,
            label=label,
            index=index,
            limits={"seconds": seconds, "bytes": size},
            work=work,
            links=links,
            recorded=recorded,
        )
        return Response.read(answer)

    def ask(self, asked: Asked, **how: Any) -> Response:
        """Put a request that is written down through the application; ``how`` are the other
        arguments of :meth:`request`, and a ``label`` that it has this time."""
        return self.request(
            asked.path,
            method=asked.method,
            query=asked.query,
            headers=asked.headers,
            body=asked.body,
            user=asked.user,
            **{"label": asked.label, **how},
        )

    def log_tail(self, size: int = TAIL_BYTES) -> str:
        """The last ``size`` bytes of what the child printed, whole lines only."""
        return tail(self.log_path, size)

    def close(self) -> None:
        """End the child in an orderly way; kill it if it does not within a few seconds."""
        if self.alive:
            self._note_mapped()
            with contextlib.suppress(ChildTimeout, ChildDied, AgentError):
                self.call("quit", timeout=_GRACE)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._process.wait(_GRACE)
        self.kill()

    def kill(self) -> None:
        """Kill the child and all it has started. Safe to call twice, or on a dead child."""
        if self._killed:
            return
        self._killed = True
        self._note_mapped()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._drop_wires()
        self._at_end()

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _note_mapped(self) -> None:
        """Last of what it reads, if that is noted."""
        if self._reads is not None and self._process.poll() is None:
            note_mapped(self.pid, self._reads)

    def _drop_wires(self) -> None:
        self._socket.close()
        if self._lifeline >= 0:
            os.close(self._lifeline)
            self._lifeline = -1

    def _send(self, line: bytes, deadline: float) -> None:
        self._socket.settimeout(max(0.001, deadline - time.monotonic()))
        self._socket.sendall(line)

    def _receive(self, number: int, deadline: float) -> dict[str, Any]:
        while True:
            line, newline, rest = self._buffer.partition(b"\n")
            if newline:
                self._buffer = rest
                answer: dict[str, Any] = json.loads(line)
                if answer.get("id") == number:
                    return answer
                continue
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._socket.settimeout(left)
            chunk = self._socket.recv(1 << 16)
            if not chunk:
                raise EOFError
            self._buffer += chunk

    def _timed_out(self, op: str, seconds: float, fields: Mapping[str, Any]) -> ChildTimeout:
        where = _hang(self.run / "hang.txt", self.tree)
        self.kill()
        at = f", at {where}" if where else ""
        message = f"{_what(op, fields)} took longer than {seconds:g} seconds{at}"
        return ChildTimeout(message, self.log_tail(), where)

    def _died(self, op: str, fields: Mapping[str, Any]) -> ChildDied:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(1.0)
        code = self._process.poll()
        self.kill()
        how = "closed its connection"
        if code is not None:
            how = f"was ended by {_signal(-code)}" if code < 0 else f"exited with status {code}"
        tail = self.log_tail()
        last = f": {tail.strip().splitlines()[-1]}" if tail.strip() else ""
        return ChildDied(f"the project's process {how} during {_what(op, fields)}{last}", tail)


def _what(op: str, fields: Mapping[str, Any]) -> str:
    if op == "request":
        return f"{fields.get('method', 'GET')} {fields.get('path', '')}"
    return {"setup": "the project's start"}.get(op, f"the operation {op!r}")


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _hang(path: Path, tree: Path) -> str:
    """The project's innermost line in the traceback the agent left when time was up."""
    try:
        text = path.read_text(errors="replace")
    except OSError:
        return ""
    frame = re.search(rf'File "{re.escape(str(tree))}/(.+?)", line (\d+) in (\S+)', text)
    return f"{frame[1]}:{frame[2]} in {frame[3]}" if frame else ""
