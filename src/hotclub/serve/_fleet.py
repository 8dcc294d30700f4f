"""The master's workers: starting them, hearing them, burying them, replacing them."""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import TYPE_CHECKING

from hotclub.serve import _log
from hotclub.serve._child import Child, Heart
from hotclub.serve._counters import SUMMED, added
from hotclub.serve._signals import WATCHED, hold, let_go, name_of
from hotclub.serve._worker import Worker

if TYPE_CHECKING:
    from hotclub.serve._master import Master

SETTLED = 10.0  # a worker that lived this long did not die of its start
SLOWEST = 30.0  # the longest pause between two attempts
ATTEMPTS = 3  # at a first worker that gets ready
START_FAILED = 3
LAST_WORDS = 2.0  # for a hung worker to write its stacks before it is killed


class Fleet:
    """Keeps ``master.num_workers`` workers of the newest generation that works.

    A generation is what one start or reload has begun. Workers of an older one go on until those
    of the newer one are ready.
    """

    def __init__(self, master: Master) -> None:
        self.master = master
        self.children: dict[int, Child] = {}
        self.generation = 1
        self.proven = 0  # the newest generation of which a worker was ready
        self.restarts: dict[str, int] = {}
        self.gone = [0] * SUMMED  # what workers have counted that are no more
        self._failures = 0
        self._not_before = 0.0

    def current(self) -> list[Child]:
        """The workers of the newest generation that are to stay."""
        children = self.children.values()
        return [c for c in children if c.generation == self.generation and not c.leaving]

    def missing(self) -> int:
        """How many more there should be; below zero: how many fewer."""
        return self.master.num_workers - len(self.current())

    def patience(self, longest: float) -> float:
        """How long the master may sleep."""
        wait = longest
        if self.missing() > 0 and not self.master.stopping:
            wait = min(wait, self._not_before - time.monotonic())
        return max(wait, 0.01)

    def fill(self) -> Worker | None:
        """Start what is missing. In the child: the worker that it has become."""
        while (
            not self.master.stopping and self.missing() > 0 and time.monotonic() >= self._not_before
        ):
            worker = self._fork()
            if worker is not None:
                return worker
        return None

    def trim(self) -> None:
        """Let the oldest go while there are too many."""
        for child in self.current()[: max(0, -self.missing())]:
            child.stop(signal.SIGTERM, self.master.cfg.graceful_timeout)

    def renew(self) -> None:
        """Begin a generation: its workers take over from the others one by one."""
        self.generation += 1
        self._failures, self._not_before = 0, 0.0

    def stop_all(self, number: int, patience: float) -> None:
        """Ask every worker to leave."""
        for child in self.children.values():
            child.stop(number, patience)

    # Starting

    def _fork(self) -> Worker | None:
        master = self.master
        master.worker_age += 1
        worker = Worker(master, master.worker_age, Heart())
        master.hook("pre_fork", master, worker)
        read, write = os.pipe()
        sys.stdout.flush()
        hold(WATCHED)
        pid = os.fork()
        if pid == 0:
            return self._become_worker(worker, read, write)
        let_go(WATCHED)
        os.close(write)
        os.set_blocking(read, False)
        worker.pid = pid
        self.children[pid] = Child(pid, self.generation, worker, read)
        return None

    def _become_worker(self, worker: Worker, read: int, write: int) -> Worker:
        os.close(read)
        for sibling in self.children.values():
            sibling.close()
        self.children.clear()
        worker.messages = write
        self.master.forget()
        return worker

    # What workers say

    def hear(self) -> None:
        """Take in the messages of all workers."""
        for child in list(self.children.values()):
            self._read(child)

    def _read(self, child: Child) -> None:
        for message in child.read():
            if "failure" in message:
                child.failure = str(message["failure"])
            elif "retiring" in message:
                self._on_retiring(child, message)
            elif "changed" in message:
                if child.generation == self.generation:
                    self.master.reload(f"{message['changed']} has changed")
            elif message.get("ready"):
                self._on_ready(child)

    def _on_retiring(self, child: Child, message: dict[str, str]) -> None:
        if child.stopping:
            return  # it was asked to leave anyhow
        child.retiring = True
        child.condemn(self.master.cfg.graceful_timeout)
        self._count(message.get("kind", "max_requests"))
        _log.info(f"worker {child.pid} retires: {message['retiring']}")

    def _on_ready(self, child: Child) -> None:
        child.ready = True
        child.worker.booted = True
        if child.generation > self.proven:
            self.proven = child.generation
        _log.info(f"worker {child.pid} is ready")
        patience = self.master.cfg.graceful_timeout
        old = [c for c in self.children.values() if c.generation < child.generation]
        waiting = [c for c in old if not c.stopping]
        if self.missing() <= 0 and all(c.ready for c in self.current()):
            for each in waiting:
                each.stop(signal.SIGTERM, patience)
            self.master.all_ready()
        elif waiting:
            waiting[0].stop(signal.SIGTERM, patience)

    # Deaths

    def reap(self) -> None:
        """Bury the dead: workers, a new master that failed, orphans if we are process 1."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            code = os.waitstatus_to_exitcode(status)
            child = self.children.get(pid)
            if child is None:
                self.master.on_stranger(pid, code)
                continue
            self._read(child)
            del self.children[pid]
            self.gone = added([self.gone, child.heart.counters])
            child.close()
            self.master.hook("child_exit", self.master, child.worker)
            self._on_death(child, code)

    def _on_death(self, child: Child, code: int) -> None:
        if self.master.stopping or child.stopping or (child.retiring and code == 0):
            return
        if child.failure is not None:
            self._on_failed_start(child, child.failure, code)
            return
        if child.retiring:
            return
        how = f"was killed by {name_of(-code)}" if code < 0 else f"ended with status {code}"
        hint = " (out of memory?)" if code == -signal.SIGKILL and not child.condemned else ""
        self._count("killed" if code < 0 else "ended")
        self._back_off(child, f"worker {child.pid} {how}{hint}")

    def _on_failed_start(self, child: Child, failure: str, code: int) -> None:
        if self.proven == 0:
            self._give_up(failure, code)
        elif self.proven < child.generation == self.generation:
            _log.error(f"the reload failed, the workers from before stay: {failure}")
            for each in self.current():
                each.stop(signal.SIGQUIT, LAST_WORDS)
            self.generation = self.proven
            self.master.reload_failed()
        else:
            self._back_off(child, failure)

    def _give_up(self, failure: str, code: int) -> None:
        self.master.status = code
        _log.write(f"hotclub: {failure}\n")
        self.master.stop("as no worker can start", signal.SIGQUIT, LAST_WORDS)

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

    def _count(self, reason: str) -> None:
        self.restarts[reason] = self.restarts.get(reason, 0) + 1

    # Health

    def watch(self) -> None:
        """Kill who was asked to leave and has not; stop who gives no sign of life."""
        now = time.monotonic()
        limit = self.master.cfg.timeout
        for child in self.children.values():
            if child.condemned:
                if now >= child.kill_at:
                    child.signal(signal.SIGKILL)
            elif limit and child.heart.silent_for() > limit:
                doing = "did not answer" if child.ready else "was not ready"
                self._count("silent")
                _log.error(
                    f"worker {child.pid} is stopped, its stacks follow: it {doing} for {limit:g} s"
                )
                child.condemn(LAST_WORDS)
                child.signal(signal.SIGABRT)

    def healthy(self) -> bool:
        """Whether at least one worker can serve."""
        limit = self.master.cfg.timeout or float("inf")
        children = self.children.values()
        return any(c.ready and c.heart.silent_for() < limit for c in children)
