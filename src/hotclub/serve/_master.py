"""The master: forks workers, watches them, replaces them, stops them.

It is single-threaded and, unless the application is preloaded, never imports the project: what
it forks is always clean. Everything is an event of one select loop: signals, the workers'
messages, and time (heartbeats, back-off, deadlines). A child returns out of the loop as the
:class:`Worker` it has become, so that it leaves through the interpreter's normal exit.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from pathlib import Path

from hotclub.serve import _log
from hotclub.serve._application import Application, load_application
from hotclub.serve._child import Child, Heart
from hotclub.serve._config import Config
from hotclub.serve._listen import close_listeners, describe, open_listeners
from hotclub.serve._signals import WATCHED, Signals, hold, let_go, name_of
from hotclub.serve._worker import Worker

SETTLED = 10.0  # a worker that lived this long did not die of its start
SLOWEST = 30.0  # the longest pause between two attempts
ATTEMPTS = 3  # at a first worker that gets ready
START_FAILED = 3
LAST_WORDS = 2.0  # for a hung worker to write its stacks before it is killed


def serve(config: Config) -> int:
    """Serve until a signal ends it; return the exit status.

    Raises:
        HotclubError: an address cannot be had, or the application cannot be imported.
    """
    if config.chdir:
        os.chdir(config.chdir)
    listeners = open_listeners(config.bind, config.backlog)
    became = Master(config, listeners).run()
    return became if isinstance(became, int) else became.run()


class Master:
    """Keeps ``config.workers`` workers serving ``listeners``."""

    def __init__(self, config: Config, listeners: list[socket.socket]) -> None:
        self.config = config
        self.listeners = listeners
        self.application: Application | None = None
        self.children: dict[int, Child] = {}
        self.generation = 1
        self.proven = 0  # the newest generation of which a worker was ready
        self.stopping = False
        self.status = 0
        self._failures = 0
        self._not_before = 0.0
        self._lifeline = os.pipe()

    def run(self) -> int | Worker:
        """Return the exit status in the master, the worker to run in a child."""
        try:
            if self.config.preload:
                self.application = load_application(
                    self.config.application, self.config.settings, Path.cwd()
                )
        except BaseException:
            close_listeners(self.listeners)
            raise
        self._signals = Signals(WATCHED)
        self._greet()
        while not (self.stopping and not self.children):
            worker = self._fill()
            if worker is not None:
                return worker
            self._step()
        close_listeners(self.listeners)
        _log.info("stopped")
        return self.status

    def _greet(self) -> None:
        where = ", ".join(describe(listener) for listener in self.listeners)
        workers, threads = self.config.workers, self.config.threads
        many = f"{workers} worker{'s' * (workers > 1)}, {threads} thread{'s' * (threads > 1)} each"
        _log.info(f"hotclub listens on {where} ({many})")

    def _step(self) -> None:
        pipes = [child.messages for child in self.children.values() if child.messages >= 0]
        came, _ = self._signals.wait(pipes, self._patience())
        for child in list(self.children.values()):
            self._read(child)
        for number in came:
            self._on_signal(number)
        self._reap()
        self._watch()

    def _patience(self) -> float:
        wait = min(1.0, self.config.timeout / 4 or 1.0)
        if self._missing() and not self.stopping:
            wait = min(wait, self._not_before - time.monotonic())
        return max(wait, 0.01)

    # Starting

    def _missing(self) -> int:
        serving = [
            child
            for child in self.children.values()
            if child.generation == self.generation and not (child.stopping or child.retiring)
        ]
        return self.config.workers - len(serving)

    def _fill(self) -> Worker | None:
        while not self.stopping and self._missing() > 0 and time.monotonic() >= self._not_before:
            worker = self._fork()
            if worker is not None:
                return worker
        return None

    def _fork(self) -> Worker | None:
        heart = Heart()
        read, write = os.pipe()
        sys.stdout.flush()
        hold(WATCHED)
        pid = os.fork()
        if pid == 0:
            return self._become_worker(heart, read, write)
        let_go(WATCHED)
        os.close(write)
        os.set_blocking(read, False)
        self.children[pid] = Child(pid, self.generation, heart, read)
        return None

    def _become_worker(self, heart: Heart, read: int, write: int) -> Worker:
        self._signals.close()
        os.close(read)
        os.close(self._lifeline[1])
        for sibling in self.children.values():
            sibling.close()
        self.children.clear()
        return Worker(
            self.config, self.listeners, heart, write, self._lifeline[0], self.application
        )

    # What workers say

    def _read(self, child: Child) -> None:
        for message in child.read():
            if "failure" in message:
                child.failure = str(message["failure"])
            elif "retiring" in message:
                child.retiring = True
                child.kill_at = time.monotonic() + self.config.graceful_timeout
                _log.info(f"worker {child.pid} retires: {message['retiring']}")
            elif message.get("ready"):
                self._on_ready(child)

    def _on_ready(self, child: Child) -> None:
        child.ready = True
        self.proven = max(self.proven, child.generation)
        _log.info(f"worker {child.pid} is ready")
        old = [c for c in self.children.values() if c.generation < child.generation]
        waiting = [c for c in old if not c.stopping]
        if self._missing() <= 0 and all(c.ready for c in self._current()):
            for each in waiting:
                self._stop_child(each, signal.SIGTERM, self.config.graceful_timeout)
        elif waiting:
            self._stop_child(waiting[0], signal.SIGTERM, self.config.graceful_timeout)

    def _current(self) -> list[Child]:
        return [c for c in self.children.values() if c.generation == self.generation]

    # Signals

    def _on_signal(self, number: int) -> None:
        if number == signal.SIGTERM:
            self._stop(f"on {name_of(number)}", signal.SIGTERM, self.config.graceful_timeout)
        elif number in (signal.SIGINT, signal.SIGQUIT):
            self._stop(f"on {name_of(number)}", signal.SIGQUIT, LAST_WORDS)
        elif number == signal.SIGHUP and not self.stopping:
            self._reload()
        elif number == signal.SIGUSR1:
            for child in self.children.values():
                child.signal(signal.SIGUSR1)

    def _stop(self, why: str, number: int, patience: float) -> None:
        if not self.stopping:
            _log.info(f"stopping {why}")
        self.stopping = True
        close_listeners(self.listeners)
        self.listeners = []
        for child in self.children.values():
            self._stop_child(child, number, patience)

    def _stop_child(self, child: Child, number: int, patience: float) -> None:
        child.stopping = True
        child.kill_at = time.monotonic() + patience
        child.signal(number)

    def _reload(self) -> None:
        if self.application is not None:
            _log.warning("the application was preloaded: the new workers run the old code")
        _log.info("reloading: new workers take over one by one")
        self.generation += 1
        self._failures, self._not_before = 0, 0.0

    # Deaths

    def _reap(self) -> None:
        while self.children:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            child = self.children.get(pid)
            if child is None:
                continue
            self._read(child)
            del self.children[pid]
            child.close()
            self._on_death(child, os.waitstatus_to_exitcode(status))

    def _on_death(self, child: Child, code: int) -> None:
        if self.stopping or child.stopping or (child.retiring and code == 0):
            return
        if child.failure is not None:
            self._on_failed_start(child, child.failure, code)
            return
        how = f"was killed by {name_of(-code)}" if code < 0 else f"ended with status {code}"
        hint = " (out of memory?)" if code == -signal.SIGKILL and not child.kill_at else ""
        self._back_off(child, f"worker {child.pid} {how}{hint}")

    def _on_failed_start(self, child: Child, failure: str, code: int) -> None:
        if self.proven == 0:
            self._give_up(failure, code)
        elif self.proven < child.generation == self.generation:
            _log.error(f"the reload failed, the workers from before stay: {failure}")
            for each in self._current():
                self._stop_child(each, signal.SIGQUIT, LAST_WORDS)
            self.generation = self.proven
        else:
            self._back_off(child, failure)

    def _give_up(self, failure: str, code: int) -> None:
        self.status = code
        _log.write(f"hotclub: {failure}\n")
        self._stop("as no worker can start", signal.SIGQUIT, LAST_WORDS)

    def _back_off(self, child: Child, what: str) -> None:
        settled = child.ready and time.monotonic() - child.started > SETTLED
        self._failures = 1 if settled else self._failures + 1
        if self.proven == 0 and self._failures == ATTEMPTS:
            self._give_up(f"{what} before it was ready, as {ATTEMPTS} in a row have", START_FAILED)
            return
        pause = min(0.25 * 2 ** (self._failures - 2), SLOWEST) if self._failures > 1 else 0.0
        self._not_before = time.monotonic() + pause
        after = f" in {pause:g} s, after {self._failures} short lives" if pause else ""
        _log.error(f"{what}; it is replaced{after}")

    # Health

    def _watch(self) -> None:
        now = time.monotonic()
        for child in self.children.values():
            if child.kill_at:
                if now >= child.kill_at:
                    child.signal(signal.SIGKILL)
            elif self.config.timeout:
                self._check(child, now)

    def _check(self, child: Child, now: float) -> None:
        limit = self.config.timeout
        if child.heart.busy_for() > limit:
            reason = f"a request has run for more than {limit:g} s"
        elif child.heart.silent_for() > limit:
            doing = "did not answer" if child.ready else "was not ready"
            reason = f"it {doing} for {limit:g} s"
        else:
            return
        _log.error(f"worker {child.pid} is stopped, its stacks follow: {reason}")
        child.kill_at = now + LAST_WORDS
        child.signal(signal.SIGABRT)
