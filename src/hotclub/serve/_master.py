"""The master: listens, keeps workers, obeys signals.

It is single-threaded and, unless the application is preloaded, never imports the project: what
it forks is always clean. Everything is an event of one select loop: signals, the workers'
messages, and time (heartbeats, back-off, deadlines). A child returns out of the loop as the
:class:`Worker` it has become, so that it leaves through the interpreter's normal exit.

Its attributes are those that hooks know from gunicorn's arbiter.
"""

from __future__ import annotations

import os
import signal
import time

from hotclub.errors import HotclubError
from hotclub.serve import _log, _systemd
from hotclub.serve._admin import Admin
from hotclub.serve._app import App
from hotclub.serve._arbiter import Arbiter
from hotclub.serve._config import Config
from hotclub.serve._configure import Sources
from hotclub.serve._environment import enter, leave, set_title, to_background
from hotclub.serve._fleet import LAST_WORDS, Fleet
from hotclub.serve._garbage import stay
from hotclub.serve._listen import backlog_of
from hotclub.serve._logger import make_logger
from hotclub.serve._pidfile import PidFile
from hotclub.serve._reexec import Successor, parent_master
from hotclub.serve._signals import WATCHED, Signals, name_of
from hotclub.serve._worker import Worker

TICK = 1.0


def serve(sources: Sources) -> int:
    """Serve until a signal ends it; return the exit status.

    Raises:
        HotclubError: a setting is wrong, an address cannot be had, the application cannot be
            imported.
    """
    config = sources.load()
    if config.print_config:
        print(config)
    if config.print_config or config.check_config:
        enter(config)
        App(config).load()
        return 0
    became = Master(sources, config).run()
    return became if isinstance(became, int) else became.run()


class Master(Arbiter):
    """Keeps ``num_workers`` workers serving its listeners."""

    def __init__(self, sources: Sources, config: Config) -> None:
        super().__init__(config)
        self.sources = sources
        self.master_pid = parent_master()
        self.stopping = False
        self.status = 0
        self.fleet = Fleet(self)
        self.successor = Successor(self)
        self.admin = Admin(self)
        self.lifeline = os.pipe()
        self._before: tuple[Config, App] | None = None  # what a reload that fails goes back to
        self._watchdog = _systemd.watchdog_seconds()
        self._watchdog_at = 0.0
        self._gauges_at = 0.0
        self._reloading = False

    # Life

    def run(self) -> int | Worker:
        """Return the exit status in the master, the worker to run in a child."""
        try:
            self._start()
        except BaseException:
            self.admin.close()
            self.listeners.close()
            if self.pidfile is not None:
                self.pidfile.unlink()
            raise
        while not (self.stopping and not self.fleet.children):
            worker = self.fleet.fill()
            if worker is not None:
                return worker
            self._step()
        self._end()
        return self.status

    def _start(self) -> None:
        enter(self.cfg)
        self.log = make_logger(self.cfg)
        _log.use(self.log)
        for note in self.cfg.notes:
            _log.warning(note)
        self.listeners.open(self.cfg, inherited=self.successor.inherited())
        self.admin.keep(self.cfg, patient=bool(self.master_pid))
        if self.cfg.daemon and not self.master_pid:
            to_background(self.cfg.enable_stdio_inheritance)
        self.pid = os.getpid()
        if self.cfg.pidfile:
            self.pidfile = PidFile(self.cfg.pidfile + (".2" if self.master_pid else ""))
        self.first_hook("on_starting")
        self.num_workers = self.cfg.workers
        self._make_app()
        self._signals = Signals(WATCHED)
        set_title(f"master [{self.proc_name}]")
        self._greet()
        self.first_hook("when_ready")

    def _make_app(self) -> None:
        self.app = App(self.cfg)
        if self.cfg.preload_app:
            self.app.wsgi()
            stay()

    def _greet(self) -> None:
        workers, threads, most = self.num_workers, self.cfg.threads, self.cfg.max_threads
        up_to = f" to {most}" if most > threads else ""
        many = (
            f"{workers} worker{'s' * (workers > 1)}, {threads}{up_to} thread{'s' * (most > 1)} each"
        )
        _log.info(f"hotclub listens on {self.listeners} ({many})")

    def _end(self) -> None:
        self.listeners.close()
        self.admin.close()
        if self.pidfile is not None:
            self.pidfile.unlink()
        _log.info("stopped")
        self.hook("on_exit", self)

    def _step(self) -> None:
        pipes = [c.messages for c in self.fleet.children.values() if c.messages >= 0]
        longest = min(TICK, self.cfg.timeout / 4 or TICK, self._watchdog or TICK)
        came, readable = self._signals.wait(
            [*pipes, *self.admin.descriptors()], self.fleet.patience(longest)
        )
        self.admin.serve(readable)
        self.fleet.hear()
        for number in came:
            self._on_signal(number)
        self.fleet.reap()
        self.fleet.watch()
        self._promote()
        self._tell()

    def _tell(self) -> None:
        """Once in a while: numbers for statsd, a sign of life for systemd."""
        now = time.monotonic()
        self.admin.keep(self.cfg, patient=True)
        if now >= self._gauges_at and self.cfg.statsd_host:
            self._gauges_at = now + TICK
            self._gauge("workers", len(self.fleet.children), "gauge")
            if self.cfg.enable_backlog_metric:
                self._gauge("backlog", backlog_of(self.LISTENERS), "histogram")
        if self._watchdog and now >= self._watchdog_at and self.fleet.healthy():
            self._watchdog_at = now + self._watchdog
            _systemd.notify("WATCHDOG=1")

    def _gauge(self, name: str, value: int, kind: str) -> None:
        number = {"metric": f"gunicorn.{name}", "value": value, "mtype": kind}
        self.log.debug(f"{name}: {value}", extra=number)

    def _promote(self) -> None:
        """The master that USR2 was sent to has gone: we are the master now."""
        if not self.master_pid or self.master_pid == os.getppid():
            return
        self.master_pid = 0
        _log.info("the old master is gone, this one takes its place")
        if self.pidfile is not None and self.cfg.pidfile:
            self.pidfile.rename(self.cfg.pidfile)
        _systemd.notify(f"MAINPID={os.getpid()}", "READY=1")
        set_title(f"master [{self.proc_name}]")

    def all_ready(self) -> None:
        """Called by the fleet: every worker of the newest generation serves."""
        if self._before is not None:
            self._before = None
            self.listeners.settle()
        self._reloading = False
        _systemd.notify("READY=1", f"STATUS={self.num_workers} workers")

    def forget(self) -> None:
        """Called in a child: what belongs to the master alone."""
        self._signals.close()
        self.admin.close(unlink=False)
        os.close(self.lifeline[1])

    def on_stranger(self, pid: int, code: int) -> None:
        """Called by the fleet: a child that is no worker has ended."""
        if not self.successor.on_exit(pid, code):
            _log.debug(f"process {pid}, an orphan, has ended with status {code}")

    # Signals

    def _on_signal(self, number: int) -> None:
        if number == signal.SIGTERM:
            self.stop(f"on {name_of(number)}", signal.SIGTERM, self.cfg.graceful_timeout)
        elif number in (signal.SIGINT, signal.SIGQUIT):
            self.stop(f"on {name_of(number)}", signal.SIGQUIT, LAST_WORDS)
        elif number == signal.SIGUSR1:
            self.log.reopen_files()
            self.kill_workers(signal.SIGUSR1)
        elif not self.stopping:
            self._on_change(number)

    def _on_change(self, number: int) -> None:
        if number == signal.SIGHUP:
            self.reload("HUP")
        elif number == signal.SIGTTIN:
            self.num_workers += 1
        elif number == signal.SIGTTOU:
            self.num_workers = max(1, self.num_workers - 1)
            self.fleet.trim()
        elif number == signal.SIGUSR2:
            self.successor.start()
        elif number == signal.SIGWINCH and self.cfg.daemon:
            _log.info("the workers stop on WINCH, HUP brings them back")
            self.num_workers = 0
            self.fleet.trim()

    def stop(self, why: str, number: int, patience: float) -> None:
        """Ask the workers to leave; the loop ends when they have."""
        if not self.stopping:
            _log.info(f"stopping {why}")
            heir = self.successor.pid
            _systemd.notify(f"MAINPID={heir}" if heir else "STOPPING=1")
        self.stopping = True
        self.listeners.close(unlink=not (self.successor.pid or self.master_pid))
        self.fleet.stop_all(number, patience)

    def reload(self, why: str = "a hook") -> None:
        """Read the configuration again; new workers take over one by one."""
        _systemd.reloading()
        old = self.cfg
        try:
            leave(old)
            os.chdir(self.sources.directory)
            config = self.sources.load()
            enter(config)
            self.admin.keep(config, patient=False)
            self.listeners.open(config, keep=True)
        except (HotclubError, OSError) as error:
            enter(old)
            _log.error(f"the reload failed, nothing has changed: {error}")
            _systemd.notify("READY=1")
            return
        if self._before is None:
            self._before = (old, self.app)
        self._take(config)
        if config.preload_app:
            _log.warning("the application was preloaded: the new workers run the old code")
        _log.info(f"reloading ({why}): new workers take over one by one")
        self.hook("on_reload", self)
        self.fleet.renew()

    def _take(self, config: Config) -> None:
        preloaded = self.app.callable if config.preload_app else None
        self.cfg = config
        self.app = App(config)
        self.app.callable = preloaded
        try:
            self.log.setup(config)
        except HotclubError as error:
            _log.error(str(error))
        self.log.reopen_files()
        self.num_workers = config.workers

    def reload_failed(self) -> None:
        """Called by the fleet: the new workers cannot start, the settings go back."""
        if self._before is not None:
            leave(self.cfg)
            self.cfg, self.app = self._before
            self._before = None
            enter(self.cfg)
            self.num_workers = self.cfg.workers
            self.listeners.go_back()
        _systemd.notify("READY=1")
