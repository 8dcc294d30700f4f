"""One request through the project's own WSGI application.

The environment is built as a server builds it, the response is closed as a server closes it, so
Django's ``request_started`` and ``request_finished`` and with them connections live as in
production. What is measured is the application's call and the reading of its body.
"""

from __future__ import annotations

import base64
import contextlib
import faulthandler
import hashlib
import os
import time
import traceback
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hotclub.agent.worker import _determinism, _environ, _links, _sessions
from hotclub.agent.worker._errors import describe
from hotclub.agent.worker._request_work import RequestWork
from hotclub.agent.worker._watch import Watch

if TYPE_CHECKING:
    from hotclub.agent.worker._worker import Worker

_MARGIN = 0.5


@dataclass
class _Answer:
    """What came back, as far as it came."""

    limit: int
    status: int = 0
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytearray = field(default_factory=bytearray)
    size: int = 0
    digest: Any = field(default_factory=hashlib.sha256)
    truncated: str = ""
    error: dict[str, Any] | None = None

    def start(self, status: str, headers: Any, exc_info: Any = None) -> Any:
        """WSGI's ``start_response``."""
        self.status = int(status.split(" ", 1)[0])
        self.headers = [(str(name), str(value)) for name, value in headers]
        return self.add

    def add(self, chunk: bytes) -> None:
        """A part of the body."""
        self.size += len(chunk)
        self.digest.update(chunk)
        self.body += chunk[: max(0, self.limit - len(self.body))]


class Exchange:
    """Asks the project for pages, one at a time."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._settings = _environ.settings()
        self._watch = Watch()
        self._count = 0
        self._hang = open(  # noqa: SIM115 (kept open for the process's life)
            os.path.join(worker.config["run"], "hang.txt"), "w", encoding="utf-8"
        )

    def answer(self, call: dict[str, Any]) -> dict[str, Any]:
        """Do the request that ``call`` describes; a reading one again where the project has ended
        the session that it was made in."""
        answer = self._answer(call)
        reading = call.get("method", "GET") in ("GET", "HEAD")
        if reading and self._worker.users.was_refused(call.get("user")):
            return self._answer(call)
        return answer

    def _answer(self, call: dict[str, Any]) -> dict[str, Any]:
        limits = call.get("limits") or {}
        seconds = float(limits.get("seconds", 10.0))
        users, user = self._worker.users, call.get("user")
        cookies, headers = users.cookies(user), [*(call.get("headers") or ()), *users.headers(user)]
        if _environ.writes(call):
            cookies = _sessions.for_writing(cookies)
        environ = _environ.build(self._settings, {**call, "headers": headers}, cookies)
        index = call.get("index")
        self._count += 1
        _determinism.reseed(self._count if index is None else index)
        answer = _Answer(int(limits.get("bytes", 4 << 20)))
        faulthandler.dump_traceback_later(seconds + _MARGIN, file=self._hang)
        counted = RequestWork() if call.get("work") else None
        with self._recorded(call), self._watch, counted or contextlib.nullcontext():
            started = time.perf_counter_ns()
            self._run(environ, answer, started + int(seconds * 1e9))
            duration = time.perf_counter_ns() - started
        faulthandler.cancel_dump_traceback_later()
        self._worker.users.note(call.get("user"), answer.headers)
        return {
            **self._describe(call, answer, duration),
            "work": counted.total if counted else None,
        }

    def _recorded(self, call: dict[str, Any]) -> Any:
        if not self._worker.config.get("recording"):
            return contextlib.nullcontext()
        from hotclub.agent import recorder

        if not call.get("recorded", True):
            return recorder.unrecorded()
        return recorder.request_label(call.get("label") or "")

    def _run(self, environ: dict[str, Any], answer: _Answer, deadline: int) -> None:
        result: Any = None
        try:
            result = self._worker.application(environ, answer.start)
            streaming = getattr(result, "streaming", True) and not isinstance(result, (list, tuple))
            for chunk in result:
                answer.add(chunk)
                if streaming and _is_over(answer, deadline):
                    break
        except BaseException as error:
            answer.error = self._error(error)
        try:
            if hasattr(result, "close"):
                result.close()
        except BaseException as error:
            answer.error = answer.error or self._error(error)
        if answer.error and not answer.status:
            answer.status = 500

    def _error(self, error: BaseException) -> dict[str, Any]:
        traceback.print_exception(type(error), error, error.__traceback__)
        return describe("view", error, self._worker.tree)

    def _describe(self, call: dict[str, Any], answer: _Answer, duration: int) -> dict[str, Any]:
        watch = self._watch
        error = answer.error or (self._error(watch.error) if watch.error else None)
        path = str(call["path"]).partition("?")[0]
        route = self._worker.routes.find(path)
        return {
            "status": answer.status,
            "headers": answer.headers,
            "digest": answer.digest.hexdigest(),
            "size": answer.size,
            "body": base64.b64encode(answer.body).decode(),
            "truncated": answer.truncated,
            "duration_ms": duration / 1e6,
            "queries": watch.queries,
            "writes": watch.writes,
            "written": sorted(watch.written),
            "route": route.pattern if route else "",
            "error": error,
            **(self._leads(path, answer) if call.get("links") else {}),
        }

    def _leads(self, path: str, answer: _Answer) -> dict[str, Any]:
        """What the response leads to: to look for it takes a tenth of what a page does."""
        finder = _links.Finder(self._worker.routes, self._settings.host)
        return {
            "links": finder.in_response(path, answer.headers, bytes(answer.body)),
            "reversed": finder.targets(self._watch.reversed, path),
        }


def _is_over(answer: _Answer, deadline: int) -> bool:
    if answer.size >= answer.limit:
        answer.truncated = "bytes"
    elif time.perf_counter_ns() > deadline:
        answer.truncated = "seconds"
    return bool(answer.truncated)
