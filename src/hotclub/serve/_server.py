"""The engine's server, from the settings."""

from __future__ import annotations

import os
import random
import tempfile
from typing import TYPE_CHECKING, Any

from hotclub import _native
from hotclub.serve import _log
from hotclub.serve._access_format import compile_format, json_pieces
from hotclub.serve._application import Application
from hotclub.serve._config import Config
from hotclub.serve._environ import base_environ
from hotclub.serve._machine import check_interpreter
from hotclub.serve._requests import access_lines
from hotclub.serve._signals import Signals
from hotclub.serve._static import static_roots

if TYPE_CHECKING:
    from hotclub.serve._worker import Worker

LONGEST_LINE = 1 << 20
MOST_FIELDS = 1000
PROXY_MODES = {"off": 0, "v1": 1, "v2": 2, "auto": 3}


def draw_max_requests(config: Config) -> int:
    """After how many requests a worker is replaced, 0 for never."""
    if not config.max_requests:
        return 0
    return int(config.max_requests + random.randint(0, config.max_requests_jitter))


def make_server(worker: Worker, application: Application, signals: Signals) -> _native.Server:
    """The C server for one worker; ``application`` is its own, as the hooks want it called."""
    check_interpreter()
    config = worker.cfg
    server = _native.Server(
        application,
        tuple(listener.fileno() for listener in worker.sockets),
        tuple(base_environ(config, listener) for listener in worker.sockets),
        _log.request_failed,
        threads=config.threads,
        max_threads=config.max_threads,
        access_log=access_lines(config),
        wake=signals.wake_descriptor,
        max_requests=worker.max_requests if config.max_requests else 0,
        proxy_protocol=PROXY_MODES[config.proxy_protocol],
        proxy_networks=config.proxy_allow_ips,
        forwarding=forwarding(config),
        static=static_roots(config, tell=worker.age == 1),
        redirects=config.accel,
        queue_limit=config.queue_limit,
        retry_after=config.retry_after,
        health_path=config.health_path,
        shared=worker.siblings,
        **_times(config),
        **_limits(config),
    )
    pieces = json_pieces() if config.log_json else compile_format(config.access_log_format)
    if pieces is not None:
        server.set_access_format(pieces, config.log_json)
    if config.admin:
        server.count_in(worker.tmp.counters)
    return server


def forwarding(config: Config) -> _native.Forwarding:
    """What a proxy in front may say."""
    return _native.Forwarding(
        networks=config.forwarded_allow_ips,
        secure_schemes=tuple(config.secure_scheme_headers.items()),
        forwarder_headers=config.forwarder_headers,
        header_map=config.header_map,
        script_name=os.environ.get("SCRIPT_NAME", ""),
    )


def _times(config: Config) -> dict[str, Any]:
    names = ("header_timeout", "body_timeout", "send_timeout")
    return {"keep_alive": config.keepalive, **{name: getattr(config, name) for name in names}}


def _limits(config: Config) -> dict[str, Any]:
    return {
        "limit_connections": config.worker_connections,
        "limit_request_line": config.limit_request_line or LONGEST_LINE,
        "limit_request_headers": config.limit_request_headers,
        "limit_request_fields": config.limit_request_fields or MOST_FIELDS,
        "limit_request_body": config.limit_request_body,
        "limit_request_field_size": config.limit_request_field_size,
        "spool_limit": config.spool_limit,
        "body_memory": config.body_memory,
        "temporary": os.fspath(config.tmp_upload_dir or tempfile.gettempdir()),
    }
