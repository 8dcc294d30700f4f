"""USR2: a second master on the same sockets, so that a new version can be tried beside the old.

The new one finds the sockets by ``GUNICORN_FD`` and its parent by ``GUNICORN_PID``, the names that
gunicorn's own tools look for. Its pid file has ``.2`` behind the name until the old master leaves.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from hotclub.serve import _log, _systemd

if TYPE_CHECKING:
    from hotclub.serve._master import Master

PARENT = "GUNICORN_PID"
SOCKETS = "GUNICORN_FD"


def parent_master() -> int:
    """The master that has started this one, 0 for none or when it is not our parent any more."""
    text = os.environ.pop(PARENT, "")
    return int(text) if text.isdigit() and int(text) == os.getppid() else 0


class Successor:
    """The master that USR2 starts."""

    def __init__(self, master: Master) -> None:
        self._master = master
        self._directory = os.getcwd()
        self.pid = 0

    def inherited(self) -> list[int] | None:
        """The descriptors of listening sockets that this process was started with."""
        handed = os.environ.pop(SOCKETS, "")
        if handed:
            return [int(word) for word in handed.split(",") if word.isdigit()]
        return _systemd.listen_fds() or None

    def start(self) -> None:
        """Fork and become the program again, with the sockets."""
        if self.pid or self._master.master_pid:
            _log.warning("USR2 does nothing: there are two masters already")
            return
        self.pid = os.fork()
        if self.pid:
            _log.info(f"master {self.pid} starts beside this one, on USR2")
            return
        try:
            self._become()
        except BaseException as error:
            _log.error(f"the new master cannot be started: {error}")
            os._exit(1)

    def _become(self) -> None:
        master = self._master
        master.cfg.call("pre_exec", master)
        sockets = [str(each.fileno()) for each in master.listeners.sockets]
        for each in master.listeners.sockets:
            os.set_inheritable(each.fileno(), True)
        environ = dict(master.cfg.env_orig)
        environ[PARENT] = str(os.getppid())
        environ[SOCKETS] = ",".join(sockets)
        if "WATCHDOG_PID" in environ:
            environ["WATCHDOG_PID"] = str(os.getpid())
        os.chdir(self._directory)
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], environ)

    def on_exit(self, pid: int, code: int) -> bool:
        """Whether it was this one that has ended."""
        if pid != self.pid:
            return False
        self.pid = 0
        _log.warning(f"master {pid}, started by USR2, has ended with status {code}")
        return True
