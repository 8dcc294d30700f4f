"""Servers under test: gunicorn and hotclub, each running one tree of a workspace."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

from hotclub.errors import HotclubError
from hotclub.workspace import Site

START_SECONDS = 60.0
STOP_SECONDS = 10.0
APPLICATION = "hotclub.agent.site:application"
NO_FILE = ("--config", "/dev/null")
"""The project's gunicorn.conf.py is for its own deployment: it may go to the background."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer like any other."""

    def redirect_request(self, *_: object) -> None:
        """Follow nothing."""


class Server:
    """A running server; a context manager that ends it with all its workers."""

    def __init__(self, name: str, command: Sequence[str], site: Site) -> None:
        self.name = name
        self.log = site.run / f"{name}.log"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        with open(self.log, "ab") as log:
            self._process = subprocess.Popen(
                [*command, "--bind", f"127.0.0.1:{self.port}"],
                cwd=site.tree,
                env=dict(site.environ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def url(self, target: str) -> str:
        """The address of a page on this server."""
        return f"http://127.0.0.1:{self.port}{target}"

    def check(self, target: str, headers: Mapping[str, str], status: int) -> None:
        """Make sure that a page is what will be measured: a redirect is quick, too.

        Raises:
            HotclubError: it answers with another status.
        """
        request = urllib.request.Request(self.url(target), headers=dict(headers))
        try:
            with urllib.request.build_opener(_NoRedirect).open(request, timeout=60) as answer:
                answer.read()
                got = answer.status
        except urllib.error.HTTPError as error:
            got = error.code
        if got != status:
            raise HotclubError(f"{self.name} answers {target} with {got}, not {status}")

    def wait_ready(self, host: str) -> None:
        """Return once the server answers anything at all.

        Raises:
            HotclubError: it ended, or never answered; with the last lines of its log.
        """
        deadline = time.monotonic() + START_SECONDS
        request = urllib.request.Request(self.url("/"), headers={"Host": host})
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            try:
                urllib.request.urlopen(request, timeout=30).close()
                return
            except urllib.error.HTTPError:
                return
            except OSError:
                time.sleep(0.05)
        self.stop()
        tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-5:])
        raise HotclubError(f"{self.name} does not serve the project; the end of its log:\n{tail}")

    def stop(self) -> None:
        """End the server and its workers."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            if self._process.poll() is not None:
                break
            os.killpg(self._process.pid, number)
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                continue

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def gunicorn(site: Site, python: Path, name: str, pin: Sequence[str] = ()) -> Server:
    """One worker of the gunicorn that is installed beside the project, as it comes.

    Raises:
        HotclubError: the project's interpreter has no gunicorn.
    """
    found = subprocess.run([str(python), "-c", "import gunicorn"], capture_output=True)
    if found.returncode:
        raise HotclubError(
            f"gunicorn, to compare with, is not installed for {python}; "
            f"install it: {python} -m pip install gunicorn"
        )
    options = [*NO_FILE, "--workers", "1", "--timeout", "120", "--log-level", "warning"]
    return Server(name, [*pin, str(python), "-m", "gunicorn", APPLICATION, *options], site)


def hotclub(site: Site, python: Path, name: str, pin: Sequence[str] = ()) -> Server:
    """One worker of hotclub with one thread, so that it is gunicorn's like."""
    options = [*NO_FILE, "--workers", "1", "--threads", "1", "--timeout", "120"]
    return Server(name, [*pin, str(python), "-m", "hotclub", "serve", APPLICATION, *options], site)


def pins() -> tuple[list[str], list[str]]:
    """Command prefixes that keep server and load on cores of their own, where there are two."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2 or not _has_taskset():
        return [], []
    return ["taskset", "-c", str(cores[0])], ["taskset", "-c", str(cores[1])]


def _has_taskset() -> bool:
    from shutil import which

    return which("taskset") is not None and sys.platform == "linux"
