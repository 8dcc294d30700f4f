"""A worker: the application, the C server, and the threads that run both.

The main thread waits for signals and never runs a view, so that a slow one cannot delay a stop,
a heartbeat or the access log. Requests run on ``threading.Thread``s, each inside one call of
``Server.run`` for life: thread-locals, and with them Django's connections, last as long.

The master makes the object before it forks, so that what a ``pre_fork`` hook hangs on it is there
afterwards. Its attributes are those that hooks know from gunicorn's workers.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from hotclub.errors import HotclubError
from hotclub.serve import _log
from hotclub.serve._access import AccessLog
from hotclub.serve._application import Application, ApplicationError
from hotclub.serve._arbiter import strict
from hotclub.serve._child import Heart, send
from hotclub.serve._counters import resident
from hotclub.serve._environment import become_user, set_title
from hotclub.serve._garbage import stay
from hotclub.serve._listen import close_listeners, own_copies
from hotclub.serve._overtime import Overtime
from hotclub.serve._reloader import Reloader
from hotclub.serve._requests import access_lines, wrap
from hotclub.serve._server import draw_max_requests, make_server
from hotclub.serve._signals import WATCHED, Signals, let_go

if TYPE_CHECKING:
    from hotclub.serve._master import Master

TICK = 1.0
LOG_TICK = 0.25
LAST_LINES = 0.5  # seconds that the last access lines wait for a pipe


class Worker:
    """What a forked child does, from import to exit."""

    def __init__(self, master: Master, age: int, heart: Heart) -> None:
        self.age = age
        self.pid: int | str = "[booting]"
        self.ppid = os.getpid()
        self.cfg = master.cfg
        self.app = master.app
        self.log = master.log
        self.sockets = list(master.listeners.sockets)
        self.timeout = master.timeout / 2
        self.tmp = heart
        self.booted = False
        self.aborted = False
        self.alive = True
        self.reloader: Reloader | None = None
        self.max_requests = draw_max_requests(master.cfg) or sys.maxsize
        self.messages = -1
        self.server: Any = None
        self.wsgi: Application | None = None
        self._master = master
        self._deadline = 0.0
        self._retiring = False

    def __str__(self) -> str:
        return f"<Worker {self.pid}>"

    @property
    def nr(self) -> int:
        """Requests so far."""
        return int(self.server.requests) if self.server is not None else 0

    @property
    def siblings(self) -> bool:
        """Whether there are other workers."""
        return self._master.num_workers > 1

    def notify(self) -> None:
        """Give a sign of life; the main thread does so by itself."""
        self.tmp.notify()

    def run(self) -> int:
        """Serve until told to stop; return the exit status."""
        self.pid = os.getpid()
        self._signals = Signals((signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGUSR1))
        for number in (signal.SIGHUP, signal.SIGUSR2, signal.SIGTTIN, signal.SIGTTOU):
            signal.signal(number, signal.SIG_IGN)
        let_go(WATCHED)
        with contextlib.suppress(OSError, ValueError, RuntimeError, AttributeError):
            faulthandler.enable()
        set_title(f"worker [{self._master.proc_name}]")
        try:
            self._prepare()
        except HotclubError as error:
            return self._fail(error)
        self.booted = True
        self.tmp.measure(self.server, self.cfg.max_threads)
        send(self.messages, ready=True)
        self._loop()
        self._finish()
        close_listeners(self.sockets, unlink=False)
        return 0

    def _fail(self, error: HotclubError) -> int:
        if self.reloader is not None and isinstance(error, ApplicationError):
            _log.error(f"{error}\nwaiting for a change")
            self.reloader.start()
            self._wait_for_change()
        else:
            send(self.messages, failure=str(error)[:3000])
        self._finish()
        return error.exit_code

    def _prepare(self) -> None:
        self._log = AccessLog(self.cfg.accesslog if access_lines(self.cfg) else None)
        strict(self.cfg, "post_fork", self._master, self)
        if self.cfg.reuse_port:
            self.sockets = own_copies(self.sockets, self.cfg.backlog)
        become_user(self.cfg)
        if self.cfg.switch_interval:
            sys.setswitchinterval(self.cfg.switch_interval)
        if self.cfg.reload:
            self.reloader = Reloader(self.cfg, self._on_change)
        self.wsgi = self.app.wsgi()
        stay()
        self.server = make_server(self, wrap(self), self._signals)
        self._overtime = Overtime(self)
        strict(self.cfg, "post_worker_init", self)
        if self.reloader is not None:
            self.reloader.start()
        self.threads = [
            threading.Thread(target=self._serve, name=f"hotclub-{number}", daemon=True)
            for number in range(1, self.cfg.max_threads + 2)  # one more for the loop
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

    def _on_change(self, path: str) -> None:
        send(self.messages, changed=path)

    def _wait_for_change(self) -> None:
        """Nothing can be served; the master ends this worker when it has started another."""
        while True:
            self.notify()
            came, readable = self._signals.wait([self._master.lifeline[0]], TICK)
            if came or readable:
                return

    def _loop(self) -> None:
        tick = LOG_TICK if self._log.enabled else TICK
        tick = min(tick, self.cfg.timeout / 4 or tick)
        while any(thread.is_alive() for thread in self.threads):
            self.notify()
            watched = [] if self._deadline else [self._master.lifeline[0]]
            came, readable = self._signals.wait(watched, tick)
            for number in came:
                self._on_signal(number)
            if readable:
                _log.warning("the master is gone; stopping")
                self._stop()
            self._tick()
            late = self._deadline and time.monotonic() > self._deadline
            if late or self._overtime.alone():
                self._leave()
        self._tick()

    def _tick(self) -> None:
        self.tmp.measure(self.server, self.cfg.max_threads)
        self._overtime.check()
        if self.sockets and not self.server.accepting:
            close_listeners(self.sockets, unlink=False)  # so that the address is free
            self.sockets = []
        if self.server.retired:
            self.retire(f"{self.server.requests} requests, --max-requests", "max_requests")
        if not self.alive:
            self.retire("a hook has set worker.alive to False", "hook")
        limit = self.cfg.max_rss
        if limit and not self._retiring and (held := resident()) > limit:
            self.retire(f"{held >> 20} MiB of memory, --max-rss", "max_rss")
        self._write_log()

    def _on_signal(self, number: int) -> None:
        if number == signal.SIGTERM:
            self.retire("SIGTERM", "signal")
        elif number == signal.SIGUSR1:
            self._reopen()
        else:
            self.hook("worker_int", self)
            self._leave()

    def _reopen(self) -> None:
        self.log.reopen_files()
        try:
            self._log.reopen()
        except HotclubError as error:
            _log.error(str(error))

    def _stop(self) -> None:
        self.alive = False
        self._deadline = self._deadline or time.monotonic() + self.cfg.graceful_timeout
        self.server.stop()

    def retire(self, why: str, kind: str) -> None:
        """Tell the master once that another worker is to take this one's place; then stop."""
        if self._retiring:
            return
        self._retiring = True
        send(self.messages, retiring=why, kind=kind)
        self._stop()

    def hurry(self, patience: float) -> None:
        """Have no more than so many seconds left."""
        self._deadline = min(self._deadline, time.monotonic() + patience)

    def _write_log(self, patience: float = 0.0) -> None:
        lines, dropped = self.server.take_access_log()
        self._log.write(lines, patience)
        dropped += self._log.dropped
        self._log.dropped = 0
        if dropped:
            _log.warning(f"{dropped} access lines were dropped: they came faster than written")

    def hook(self, name: str, *arguments: Any) -> None:
        """Call a hook of the configuration; what it raises is logged."""
        try:
            self.cfg.call(name, *arguments)
        except Exception as error:
            _log.failed(f"the hook {name} failed", error)

    def _finish(self) -> None:
        if self.server is not None:
            self._write_log(patience=LAST_LINES)
        self.hook("worker_exit", self._master, self)

    def _leave(self) -> None:
        """Leave at once: what runs is abandoned, the application's exit handlers with it."""
        self._finish()
        with contextlib.suppress(OSError, ValueError, AttributeError):
            sys.stdout.flush()
        os._exit(0)
