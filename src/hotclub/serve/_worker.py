"""A worker: the application, the C server, and the threads that run both.

The main thread waits for signals and never runs a view, so that a slow one cannot delay a stop,
a heartbeat or the access log. Requests run on ``threading.Thread``s, each inside one call of
``Server.run`` for life: thread-locals, and with them Django's connections, last as long.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import random
import signal
import socket
import sys
import tempfile
import threading
import time
from pathlib import Path

from hotclub import _native
from hotclub.errors import HotclubError
from hotclub.serve import _log
from hotclub.serve._access import AccessLog
from hotclub.serve._application import Application, load_application
from hotclub.serve._child import Heart, send
from hotclub.serve._config import Config
from hotclub.serve._environ import base_environ
from hotclub.serve._listen import close_listeners
from hotclub.serve._signals import WATCHED, Signals, let_go

TICK = 1.0
LOG_TICK = 0.25


class Worker:
    """What a forked child does, from import to exit."""

    def __init__(
        self,
        config: Config,
        listeners: list[socket.socket],
        heart: Heart,
        messages: int,
        lifeline: int,
        application: Application | None,
    ) -> None:
        self.config = config
        self.listeners = listeners
        self.heart = heart
        self.messages = messages
        self.lifeline = lifeline
        self.application = application
        self._deadline = 0.0
        self._retiring = False

    def run(self) -> int:
        """Serve until told to stop; return the exit status."""
        self._signals = Signals((signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGUSR1))
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        let_go(WATCHED)
        with contextlib.suppress(OSError, ValueError, RuntimeError, AttributeError):
            faulthandler.enable()
        try:
            self._log = AccessLog(self.config.access_log)
            self._start()
        except HotclubError as error:
            send(self.messages, failure=str(error)[:3000])
            return error.exit_code
        send(self.messages, ready=True)
        self._loop()
        self._write_log()
        close_listeners(self.listeners, unlink=False)
        return 0

    def _start(self) -> None:
        application = self.application or load_application(
            self.config.application, self.config.settings, Path.cwd()
        )
        self.server = make_server(self.config, application, self.listeners, self._signals)
        self.threads = [
            threading.Thread(target=self._serve, name=f"hotclub-{number}", daemon=True)
            for number in range(1, self.config.threads + 1)
        ]
        for thread in self.threads:
            thread.start()

    def _serve(self) -> None:
        try:
            self.server.run()
        except Exception as error:
            _log.request_failed("no request: the server's own loop ended", error)
        finally:
            self._signals.wake()

    def _loop(self) -> None:
        tick = LOG_TICK if self._log.enabled else TICK
        tick = min(tick, self.config.timeout / 4 or tick)
        while any(thread.is_alive() for thread in self.threads):
            self.heart.beat(self.server.oldest())
            watched = [] if self._deadline else [self.lifeline]
            came, readable = self._signals.wait(watched, tick)
            for number in came:
                self._on_signal(number)
            if readable:
                _log.warning("the master is gone; stopping")
                self._stop()
            self._retire()
            self._write_log()
            if self._deadline and time.monotonic() > self._deadline:
                self._leave()
        self._retire()

    def _on_signal(self, number: int) -> None:
        if number == signal.SIGTERM:
            self._stop()
        elif number == signal.SIGUSR1:
            self._log.reopen()
        else:
            self._leave()

    def _stop(self) -> None:
        self._deadline = self._deadline or time.monotonic() + self.config.graceful_timeout
        self.server.stop()

    def _retire(self) -> None:
        """Tell the master once that the server has had its share of requests."""
        if self._retiring or not self.server.retired:
            return
        self._retiring = True
        send(self.messages, retiring=f"{self.server.requests} requests, --max-requests")
        self._stop()

    def _write_log(self) -> None:
        lines, dropped = self.server.take_access_log()
        self._log.write(lines)
        if dropped:
            _log.warning(f"{dropped} access lines were dropped: they came faster than written")

    def _leave(self) -> None:
        """Leave at once: what runs is abandoned, the application's exit handlers with it."""
        self._write_log()
        with contextlib.suppress(OSError, ValueError, AttributeError):
            sys.stdout.flush()
        os._exit(0)


def make_server(
    config: Config, application: Application, listeners: list[socket.socket], signals: Signals
) -> _native.Server:
    """The C server for one worker."""
    jitter = random.randint(0, config.max_requests_jitter) if config.max_requests else 0
    return _native.Server(
        application,
        tuple(listener.fileno() for listener in listeners),
        tuple(base_environ(config, listener) for listener in listeners),
        _log.request_failed,
        threads=config.threads,
        access_log=config.access_log is not None,
        wake=signals.wake_descriptor,
        keep_alive=config.keep_alive,
        header_timeout=config.header_timeout,
        body_timeout=config.body_timeout,
        send_timeout=config.send_timeout,
        max_requests=config.max_requests + jitter,
        limit_connections=config.limit_connections,
        limit_request_line=config.limit_request_line,
        limit_request_headers=config.limit_request_headers,
        limit_request_fields=config.limit_request_fields,
        limit_request_body=config.limit_request_body,
        body_memory=config.body_memory,
        temporary=os.fspath(config.temporary or tempfile.gettempdir()),
    )
