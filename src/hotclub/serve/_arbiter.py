"""What hooks know of the master: the attributes of gunicorn's arbiter that they use."""

from __future__ import annotations

import os
import socket
import time
from typing import TYPE_CHECKING, Any

from hotclub.errors import HotclubError
from hotclub.serve import _log
from hotclub.serve._application import explain
from hotclub.serve._config import Config
from hotclub.serve._listen import Listeners
from hotclub.serve._pidfile import PidFile

if TYPE_CHECKING:
    from hotclub.serve._app import App
    from hotclub.serve._fleet import Fleet
    from hotclub.serve._reexec import Successor
    from hotclub.serve._worker import Worker


class Arbiter:
    """The part of the master that is shown."""

    fleet: Fleet
    successor: Successor
    app: App
    log: Any

    def __init__(self, config: Config) -> None:
        self.cfg = config
        self.pid = os.getpid()
        self.master_pid = 0
        self.pidfile: PidFile | None = None
        self.worker_age = 0
        self.started = time.time()
        self.listeners = Listeners()
        self._num_workers: int | None = None

    @property
    def WORKERS(self) -> dict[int, Worker]:  # noqa: N802
        """The workers by pid."""
        return {pid: child.worker for pid, child in self.fleet.children.items()}

    @property
    def LISTENERS(self) -> list[socket.socket]:  # noqa: N802
        """The listening sockets."""
        return self.listeners.sockets

    @property
    def address(self) -> list[Any]:
        """The addresses to listen on."""
        return self.cfg.address

    @property
    def timeout(self) -> float:
        """The setting."""
        return float(self.cfg.timeout)

    @property
    def proc_name(self) -> str:
        """What ps shows."""
        return self.cfg.proc_name + (".2" if self.master_pid else "")

    @property
    def reexec_pid(self) -> int:
        """The master that USR2 has started, 0 for none."""
        return self.successor.pid

    @property
    def num_workers(self) -> int:
        """How many workers there should be; setting it calls ``nworkers_changed``."""
        return self._num_workers or 0

    @num_workers.setter
    def num_workers(self, value: int) -> None:
        old, self._num_workers = self._num_workers, value
        if old != value:
            self.hook("nworkers_changed", self, value, old)

    def kill_worker(self, pid: int, sig: int) -> None:
        """Send a signal to a worker."""
        child = self.fleet.children.get(pid)
        if child is not None:
            child.signal(sig)

    def kill_workers(self, sig: int) -> None:
        """Send a signal to every worker."""
        for child in self.fleet.children.values():
            child.signal(sig)

    def first_hook(self, name: str) -> None:
        """Call a hook of the start; what it raises keeps the server from starting."""
        strict(self.cfg, name, self)

    def hook(self, name: str, *arguments: Any) -> None:
        """Call a hook of the configuration; what it raises is logged."""
        try:
            self.cfg.call(name, *arguments)
        except Exception as error:
            _log.failed(f"the hook {name} failed", error)


def strict(cfg: Config, name: str, *arguments: Any) -> None:
    """Call a hook without which nobody can be what they should.

    Raises:
        HotclubError: it raised; with the place.
    """
    try:
        cfg.call(name, *arguments)
    except Exception as error:
        raise HotclubError(explain(error, f"the hook {name} failed")) from error
