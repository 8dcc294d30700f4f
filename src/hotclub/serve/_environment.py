"""What a process is before it runs anything of the project: directory, paths, user, background."""

from __future__ import annotations

import importlib
import os
import pwd
import sys

import hotclub
from hotclub.errors import HotclubError
from hotclub.serve._config import Config


def enter(config: Config) -> None:
    """Change into the project's directory; set its import paths and its environment."""
    if config.chdir:
        os.chdir(config.chdir)
    paths = [path for path in (config.pythonpath or "").split(",") if path]
    for path in [os.getcwd(), *paths]:
        if os.path.abspath(path) not in sys.path:
            sys.path.insert(0, os.path.abspath(path))
    os.environ["SERVER_SOFTWARE"] = f"hotclub/{hotclub.__version__}"
    os.environ.update(config.env)


def leave(config: Config) -> None:
    """Take back what :func:`enter` has set in the environment, before it is set anew."""
    for name in config.env:
        if name in config.env_orig:
            os.environ[name] = config.env_orig[name]
        else:
            os.environ.pop(name, None)


def become_user(config: Config) -> None:
    """Give up the master's rights, in a worker.

    Raises:
        HotclubError: this process may not become that user or group.
    """
    try:
        if config.gid != os.getgid():
            _take_groups(config)
        if config.uid != os.geteuid():
            os.setuid(config.uid)
    except OSError as error:
        raise HotclubError(
            f"cannot become user {config.uid}, group {config.gid}: {error.strerror};"
            " only root may, so leave --user and --group out otherwise"
        ) from None


def _take_groups(config: Config) -> None:
    name = None
    if config.initgroups:
        try:
            name = pwd.getpwuid(config.uid).pw_name
        except KeyError:
            name = None
    if name is not None:
        os.initgroups(name, config.gid)
    os.setgid(config.gid)


def to_background(keep_streams: bool) -> None:
    """Leave terminal and parent; standard streams go to /dev/null unless they are kept."""
    if os.fork():
        os._exit(0)
    os.setsid()
    if os.fork():
        os._exit(0)
    os.umask(0o022)
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        if descriptor == 0 or not keep_streams or os.isatty(descriptor):
            os.dup2(null, descriptor)
    if null > 2:
        os.close(null)


def set_title(title: str) -> None:
    """What ps shows, where setproctitle is installed."""
    try:
        module = importlib.import_module("setproctitle")
    except ImportError:
        return
    module.setproctitle(f"hotclub: {title}")
