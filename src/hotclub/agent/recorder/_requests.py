"""A request from the handler's first line to the closing of its response."""

from __future__ import annotations

import hashlib
import time
from collections.abc import AsyncIterator, Callable, Iterator
from functools import wraps
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ._batches import Invisible
from ._hooks import Patches
from ._labels import label
from ._made import maker
from ._notes import Notes
from ._sample import Sample, unrecorded
from ._state import Scope, Trace, current, new_span, new_trace, now
from ._tee import Tee

if TYPE_CHECKING:
    from ._config import Config

Put = Callable[[Trace], None]
_END = object()


class Exchange:
    """What is known of the request and its response. Headers are read off it by the writer."""

    __slots__ = (
        "label", "began", "method", "scheme", "path", "meta", "duration", "match", "user", "tee",
        "status", "headers", "cookies", "content", "digest", "size", "kept",
    )  # fmt: skip

    def __init__(
        self, label: str | None, began: float, method: str, scheme: str, path: str, meta: Any
    ) -> None:
        self.label = label
        self.began = began
        self.method = method
        self.scheme = scheme
        self.path = path
        self.meta: dict[str, Any] = meta
        self.duration = 0
        self.match: Any = None
        self.user: str | None = None
        self.tee: Tee | None = None
        self.status: int | None = None
        self.headers: Any = ()
        self.cookies: Any = None
        self.content: bytes | None = None  # of a response that is not streamed
        self.digest: Any = None  # of one that is
        self.size = 0
        self.kept: bytes | bytearray = b""  # of a streamed one's, as much as may be


_new_exchange = maker(Exchange(None, 0.0, "", "", "", None), 6)


class Requests:
    """Wraps the handlers; gives every finished trace to *put*."""

    def __init__(self, put: Put, config: Config) -> None:
        self._put = put
        self._deep = config.deep
        self._cap = config.body_cap
        self._sample = Sample(config.sample_rate)

    def patch_handlers(self, module: ModuleType, patches: Patches) -> None:
        """django.core.handlers.base."""
        patches.wrap(module.BaseHandler, "get_response", self._sync)
        patches.wrap(module.BaseHandler, "get_response_async", self._async)

    def _sync(self, original: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        @wraps(original)
        def get_response(handler: Any, request: Any) -> Any:
            if self._sample.leaves_out():
                with unrecorded():
                    return original(handler, request)
            trace = self._begin(request)
            token = current.set((trace, trace.root, None, None))
            try:
                response = original(handler, request)
            except BaseException as error:
                trace.error = describe(error, trace.deep)
                self._finish(trace, request, None)
                raise
            finally:
                current.reset(token)
            self._follow(trace, request, response)
            return response

        return get_response

    def _async(self, original: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        @wraps(original)
        async def get_response_async(handler: Any, request: Any) -> Any:
            if self._sample.leaves_out():
                with unrecorded():
                    return await original(handler, request)
            trace = self._begin(request)
            token = current.set((trace, trace.root, None, None))
            try:
                response = await original(handler, request)
            except BaseException as error:
                trace.error = describe(error, trace.deep)
                self._finish(trace, request, None)
                raise
            finally:
                current.reset(token)
            self._follow(trace, request, response)
            return response

        return get_response_async

    def _begin(self, request: Any) -> Trace:
        exchange = _new_exchange(
            label(), time.time(), request.method or "", _scheme(request),
            request.path, request.META,
        )  # fmt: skip
        if not self._deep:
            started = now()
            return new_trace(False, started, new_span(None, "request", "", started), exchange)
        if hasattr(request, "_stream"):
            exchange.tee = request._stream = Tee(request._stream, self._cap)
        started = now()
        root = new_span(None, "request", "", started)
        return new_trace(True, started, root, exchange, {}, Notes())

    def _follow(self, trace: Trace, request: Any, response: Any) -> None:
        """Have the trace end when the response is closed."""
        if response.streaming and hasattr(response, "_iterator"):
            self._stream(trace, response)
        closer = _Closer(self._finish, (trace, request, response))
        if hasattr(response, "_resource_closers"):
            response._resource_closers.append(closer)
        else:
            closer()

    def _stream(self, trace: Trace, response: Any) -> None:
        """Watch the chunks pass; queries made for them belong to the request.

        `_iterator` and not `streaming_content`: setting that one takes a FileResponse its file.
        """
        exchange = trace.exchange
        exchange.digest = hashlib.sha256()
        exchange.kept = bytearray()
        scope: Scope = (trace, trace.root, None, None)

        def see(chunk: Any) -> Any:
            content = chunk if isinstance(chunk, bytes) else response.make_bytes(chunk)
            exchange.digest.update(content)
            exchange.size += len(content)
            if self._deep and len(exchange.kept) < self._cap:
                exchange.kept += content[: self._cap - len(exchange.kept)]
            return chunk

        make = _achunks if getattr(response, "is_async", False) else _chunks
        response._iterator = make(response._iterator, scope, see)

    def _finish(self, trace: Trace, request: Any, response: Any) -> None:
        note_response(trace, request, response)
        trace.release()
        self._put(trace)


def note_response(trace: Trace, request: Any, response: Any) -> None:
    """Put down what is known of the exchange by now; *response* is None where there is none."""
    exchange = trace.exchange
    exchange.duration = now() - trace.started
    exchange.match = getattr(request, "resolver_match", None)
    exchange.user = _user(request)
    if response is not None:
        exchange.status = response.status_code
        exchange.headers = response.headers
        exchange.cookies = response.cookies
        if not response.streaming:
            exchange.content = getattr(response, "content", None)


class _Closer(Invisible):
    """Called by `response.close()`, and once only."""

    __slots__ = ("_call", "_with")

    def __init__(self, call: Callable[..., None], those: tuple[Any, ...]) -> None:
        self._call = call
        self._with: tuple[Any, ...] | None = those

    def __call__(self) -> None:
        those, self._with = self._with, None
        if those is not None:
            self._call(*those)


def _chunks(chunks: Any, scope: Scope, see: Callable[[Any], Any]) -> Iterator[Any]:
    iterator = iter(chunks)
    while True:
        token = current.set(scope)
        try:
            chunk = next(iterator, _END)
        finally:
            current.reset(token)
        if chunk is _END:
            return
        yield see(chunk)


async def _achunks(chunks: Any, scope: Scope, see: Callable[[Any], Any]) -> AsyncIterator[Any]:
    iterator = chunks.__aiter__()
    while True:
        token = current.set(scope)
        try:
            chunk = await iterator.__anext__()
        except StopAsyncIteration:
            return
        finally:
            current.reset(token)
        yield see(chunk)


def patch_errors(module: ModuleType, patches: Patches) -> None:
    """django.core.handlers.exception: what made a response an error."""
    patches.wrap(module, "response_for_exception", _response_for_exception)


def _response_for_exception(original: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    @wraps(original)
    def response_for_exception(request: Any, exc: BaseException) -> Any:
        response = original(request, exc)
        scope = current.get()
        if scope is not None and response.status_code >= 500:
            scope[0].error = describe(exc, scope[0].deep)
        return response

    return response_for_exception


def describe(error: BaseException, deep: bool) -> str:
    """The exception's type; its message may hold values, so only deep recordings have it."""
    kind = type(error)
    name = kind.__qualname__
    name = name if kind.__module__ == "builtins" else f"{kind.__module__}.{name}"
    if not deep:
        return name
    try:
        return f"{name}: {error}"
    except Exception:
        return name


def _scheme(request: Any) -> str:
    try:
        return request.scheme or ""
    except Exception:  # SECURE_PROXY_SSL_HEADER is wrong; the project may never look
        return ""


def _user(request: Any) -> str | None:
    """Who asked, if the project looked; asking ourselves could run a query."""
    seen = vars(request)
    user = seen.get("_cached_user")
    if user is None:
        user = seen.get("user")
        if type(user).__module__ == "django.utils.functional":  # lazy, and not looked at
            return None
    values = getattr(user, "__dict__", {})
    meta = getattr(user, "_meta", None)
    key = values.get(meta.pk.attname) if meta is not None else None
    return None if key is None else f"{'staff' if values.get('is_staff') else 'user'}:{key}"
