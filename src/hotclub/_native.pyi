"""The engine, for Python. Compiled from binding/; this is what type checkers see."""

from collections.abc import Callable, Iterator
from contextvars import ContextVar
from types import CodeType
from typing import Any, Generic, TypeVar, final

_Made = TypeVar("_Made")

@final
class Server:
    """A WSGI application on the engine's HTTP server. Make it after fork().

    ``listeners`` are descriptors of listening sockets and stay the caller's. ``environs`` has one
    dict for each of them, copied for each request that comes through it. ``on_error(request,
    exception)`` is called for what leaves the application. A byte is written to ``wake`` (-1:
    never) when the access log fills and when ``max_requests`` (0: never) are reached. Times are
    in seconds, limits in bytes unless they count. ``proxy_protocol`` is a sum of 1 (version 1)
    and 2 (version 2); ``proxy_networks`` are those who may send it: ``"10.0.0.0/8"``, ``"*"``.

    ``run()`` is to be called by ``threads`` + 1 threads: so many views run at once at most, and the
    loop goes on beside them. With ``max_threads`` above that, by so many + 1, and so many at most.
    While requests wait, more or fewer run by what they use of the processor. Up to ``queue_limit``
    (0: no limit) requests wait for a thread, further ones get 503 with ``retry_after`` (seconds, 0:
    without). While any wait, connections are left to other workers for a moment, if there are any
    (``shared``).

    ``static`` are pairs of a path's prefix and a directory whose files are served without the
    application. ``redirects`` are such pairs for X-Accel-Redirect (by prefix) and X-Sendfile (by
    directory); without any the two fields are like others. ``health_path`` is answered by the loop:
    200, or 503 once it stops.
    """

    requests: int
    retired: bool
    @property
    def connections(self) -> int: ...
    @property
    def accepting(self) -> bool: ...
    def __new__(
        cls,
        application: Callable[..., Any],
        listeners: tuple[int, ...],
        environs: tuple[dict[str, Any], ...],
        on_error: Callable[[str, BaseException], object],
        *,
        threads: int = 1,
        max_threads: int = 0,
        access_log: bool = False,
        wake: int = -1,
        keep_alive: float = 15,
        header_timeout: float = 20,
        body_timeout: float = 30,
        send_timeout: float = 30,
        max_requests: int = 0,
        limit_connections: int = 10_000,
        limit_request_line: int = 8192,
        limit_request_headers: int = 65536,
        limit_request_fields: int = 100,
        limit_request_body: int = 1 << 30,
        body_memory: int = 1 << 20,
        temporary: str | None = None,
        limit_request_field_size: int = 0,
        proxy_protocol: int = 0,
        proxy_networks: tuple[str, ...] = (),
        spool_limit: int = 1 << 30,
        static: tuple[tuple[str, str], ...] = (),
        redirects: tuple[tuple[str, str], ...] = (),
        queue_limit: int = 0,
        retry_after: int = 1,
        health_path: str | None = None,
        forwarding: Forwarding | None = None,
        shared: bool = True,
    ) -> Server: ...
    def run(self) -> None: ...
    def stop(self) -> None: ...
    def oldest(self) -> float: ...
    def expire(self, seconds: float, /) -> int: ...
    def take_access_log(self) -> tuple[bytes, int]: ...
    def set_access_format(self, pieces: tuple[tuple[int, str], ...], json: bool, /) -> None: ...
    def count_in(self, memory: Any, /) -> None: ...
    def counts(self) -> tuple[int, int, int, int]: ...

@final
class Forwarding:
    """What peers in ``networks``, and Unix sockets, may say about a request.

    ``secure_schemes``: fields that make wsgi.url_scheme https by that value. ``forwarder_headers``:
    names with an underscore that they may send; from others they are dropped, refused (400) or,
    "dangerous", taken, as ``header_map`` says. ``script_name``: where the application is mounted,
    unless they say otherwise; 404 beside it.
    """

    def __new__(
        cls,
        *,
        networks: tuple[str, ...],
        secure_schemes: tuple[tuple[str, str], ...],
        forwarder_headers: tuple[str, ...],
        header_map: str,
        script_name: str,
    ) -> Forwarding: ...

@final
class Input:
    """The body of a request, as wsgi.input (PEP 3333)."""

    def read(self, size: int | None = -1, /) -> bytes: ...
    def readline(self, size: int | None = -1, /) -> bytes: ...
    def readlines(self, hint: int | None = -1, /) -> list[bytes]: ...
    def __iter__(self) -> Iterator[bytes]: ...
    def __next__(self) -> bytes: ...

@final
class StartResponse:
    """start_response of one request (PEP 3333)."""

    def __call__(
        self, status: str, headers: list[tuple[str, str]], exc_info: Any = None
    ) -> Callable[[bytes], None]: ...
    def write(self, data: bytes, /) -> None: ...
    def early_hints(self, headers: list[tuple[str, str]], /) -> None: ...

@final
class FileWrapper:
    """A file's blocks, one after the other; close() closes it."""

    filelike: Any
    def __new__(cls, filelike: Any, blksize: int = 65536) -> FileWrapper: ...
    def close(self) -> None: ...
    def __iter__(self) -> Iterator[bytes]: ...
    def __next__(self) -> bytes: ...

@final
class FrameWalker(Generic[_Made]):
    """Walks from the caller of walk() outwards; see hotclub.agent._frames."""

    def __init__(
        self,
        classify: Callable[[CodeType], int],
        make: Callable[[tuple[tuple[int, Any, Any], ...]], _Made],
        limit: int = 6,
        total: int = 24,
        extra: tuple[str, str] | None = ("field", "field_name"),
    ) -> None: ...
    def walk(self) -> _Made: ...
    def clear(self) -> None: ...

@final
class Shortcuts:
    """The recorder's wrappers in their common case; see hotclub.agent.recorder._shortcuts."""

    def __new__(
        cls,
        current: ContextVar[Any],
        any: object,
        walk: Callable[[], object],
        trace: type,
        span: type,
        batch: type,
        facts: type,
        /,
    ) -> Shortcuts: ...
    def make(self, name: str, wrapper: Callable[..., Any], /) -> Callable[..., Any]: ...
    def in_span(
        self, function: Callable[..., Any], wrapper: Callable[..., Any], kind: str, name: str, /
    ) -> Callable[..., Any]: ...
    def rows(self, first: Any, instances: Iterator[Any], batch: Any, /) -> Iterator[Any]: ...

class Maker(Generic[_Made]):
    """Makes objects of a class with slots; see hotclub.agent.recorder._made."""

    def __new__(cls, prototype: _Made, slots: tuple[str, ...], given: int, /) -> Maker[_Made]: ...
    def __call__(self, *values: Any) -> _Made: ...

def fingerprint(sql: str, limit: int = 32768, /) -> str:
    """The shape of a SQL statement: what is left when its values are taken out."""
