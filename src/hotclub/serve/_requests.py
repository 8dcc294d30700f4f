"""What some settings want to know of each request, in Python: hooks, loggers, statsd.

Without them nothing here runs: the engine calls the application itself and writes the access log
in C. With them the application is called through :class:`Observed`, which makes the ``req`` and
``resp`` that hooks and loggers expect.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from hotclub import _native
from hotclub.serve import _log
from hotclub.serve._access_format import compile_format
from hotclub.serve._application import Application
from hotclub.serve._config import Config
from hotclub.serve._table_log import LOGGER

if TYPE_CHECKING:
    from hotclub.serve._worker import Worker


def access_lines(config: Config) -> bool:
    """Whether the engine writes the access log."""
    return config.accesslog is not None and not access_in_python(config)


def access_in_python(config: Config) -> bool:
    """Whether the logger's own ``access`` has to be called for each request."""
    to_syslog = config.syslog and not config.disable_redirect_access_to_syslog
    configured = config.logconfig or config.logconfig_dict or config.logconfig_json
    own_logger = config.logger_class not in (LOGGER, "simple", "hotclub.serve.Logger")
    if to_syslog or configured or own_logger or config.statsd_host:
        return True
    wanted = config.accesslog is not None and not config.log_json
    return wanted and compile_format(config.access_log_format) is None


def wrap(worker: Worker) -> Application:
    """The worker's application, observed if a setting wants that."""
    config = worker.cfg
    application = worker.wsgi
    assert application is not None
    if config.pre_request or config.post_request or access_in_python(config):
        application = Observed(worker, application)
    return application


class Request:
    """One request, with the attributes that hooks know."""

    def __init__(self, environ: dict[str, Any]) -> None:
        self._environ = environ
        self.method = environ["REQUEST_METHOD"]
        self.uri = environ["RAW_URI"]
        self.path, _, _ = self.uri.partition("?")
        self.query = environ["QUERY_STRING"]
        self.fragment = ""
        self.version = (1, int(environ["SERVER_PROTOCOL"][-1:] == "1"))
        self.scheme = environ["wsgi.url_scheme"]
        self.body = environ["wsgi.input"]
        self.peer_addr = (environ["REMOTE_ADDR"], int(environ.get("REMOTE_PORT") or 0))
        self.remote_addr = self.peer_addr
        self.trailers: list[tuple[str, str]] = []
        self.proxy_protocol_info = None

    @property
    def headers(self) -> list[tuple[str, str]]:
        """Names in upper case with hyphens, and values; a repeated one is there once, joined."""
        found = []
        for key, value in self._environ.items():
            if key in ("CONTENT_TYPE", "CONTENT_LENGTH"):
                found.append((key.replace("_", "-"), value))
            elif key.startswith("HTTP_"):
                found.append((key[5:].replace("_", "-"), value))
        return found


class Response:
    """The response to it: what was given to ``start_response``, and the bytes sent."""

    def __init__(self, start_response: Callable[..., Any]) -> None:
        self._start = start_response
        self.status = "500 Internal Server Error"
        self.status_code = 500
        self.headers: list[tuple[str, str]] = []
        self.headers_sent = False
        self.sent = 0

    @property
    def response_length(self) -> int | None:
        """The application's own Content-Length."""
        for name, value in self.headers:
            if name.lower() == "content-length" and value.isdigit():
                return int(value)
        return None

    def start_response(self, status: str, headers: Any, exc_info: Any = None) -> Any:
        """The application's ``start_response``."""
        write = self._start(status, headers, exc_info) if exc_info else self._start(status, headers)
        self.status, self.headers = status, list(headers)
        self.status_code = int(status[:3])

        def counted(data: bytes) -> Any:
            self.headers_sent = True
            self.sent += len(data)
            return write(data)

        return counted


class Observed:
    """The application, with hooks before and after each request."""

    def __init__(self, worker: Worker, application: Application) -> None:
        self._worker = worker
        self._application = application
        self._before = worker.cfg.pre_request
        self._after = worker.cfg.post_request_hook()
        self._access = worker.log.access if access_in_python(worker.cfg) else None

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        """Call the application; what it returns is followed to its end."""
        began = time.monotonic()
        request, response = Request(environ), Response(start_response)

        def ended() -> None:
            self._end(request, response, environ, time.monotonic() - began)

        try:
            if self._before is not None:
                self._before(self._worker, request)
            result = self._application(environ, response.start_response)
        except BaseException:
            ended()
            raise
        if type(result) is _native.FileWrapper:
            return _native.FileWrapper(FollowedFile(result, response, ended))
        return Followed(result, response, ended)

    def _end(self, request: Any, response: Any, environ: dict[str, Any], seconds: float) -> None:
        if self._access is not None:
            try:
                self._access(response, request, environ, timedelta(seconds=seconds))
            except Exception as error:
                _log.failed("the access log failed", error)
        if self._after is not None:
            try:
                self._after(self._worker, request, environ, response)
            except Exception as error:
                _log.failed("the hook post_request failed", error)


class Followed:
    """An application's iterable: counts what is sent, and knows when it is over."""

    def __init__(self, result: Iterable[bytes], response: Response, ended: Callable[[], None]):
        self._result = result
        self._response = response
        self._ended = ended

    def __iter__(self) -> Iterator[bytes]:
        response = self._response
        if isinstance(self._result, (list, tuple)) or hasattr(self._result, "content"):
            pieces = list(self._result)
            response.sent += sum(map(len, pieces))
            return iter(pieces)  # all there: leaves in one piece, as without us
        return self._counted()

    def _counted(self) -> Iterator[bytes]:
        for piece in self._result:
            self._response.headers_sent = True
            self._response.sent += len(piece)
            yield piece

    def close(self) -> None:
        """Called by the engine when all is sent, or when it has failed."""
        try:
            close = getattr(self._result, "close", None)
            if close is not None:
                close()
        finally:
            self._ended()


class FollowedFile:
    """A file that the engine sends by itself: knows when it is over, and how long it was."""

    def __init__(self, result: Any, response: Response, ended: Callable[[], None]) -> None:
        self._file = result.filelike
        self._result = result
        self._response = response
        self._ended = ended

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def close(self) -> None:
        """Called by the engine, as :meth:`Followed.close`."""
        with contextlib.suppress(OSError, AttributeError, ValueError):
            length = os.fstat(self._file.fileno()).st_size
            self._response.sent += self._response.response_length or length
        try:
            self._result.close()
        finally:
            self._ended()
