"""The settings of one server, as it runs: what hooks and loggers know as gunicorn's ``cfg``."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from hotclub.errors import HotclubError
from hotclub.serve._checks import arity_of
from hotclub.serve._setting import Setting
from hotclub.serve._table import SETTINGS

MOST_THREADS = 16  # while views wait, where nobody has said how many there are to be
GREENLETS = ("gevent", "eventlet", "tornado", "ggevent", "geventlet", "gtornado")


class Config:
    """Each setting is an attribute. Times are in seconds, sizes in bytes.

    Values go through :meth:`set`, which checks them; :attr:`given` remembers where one came from.

    Raises:
        HotclubError: a name that is no setting, a value that it does not take.
    """

    def __init__(self, **values: Any) -> None:
        self._values = {name: each.default_value() for name, each in SETTINGS.items()}
        self.given: dict[str, str] = {}
        self.notes: list[str] = []  # for the log, once there is one
        self.env_orig = dict(os.environ)
        for name, value in values.items():
            self.set(name, value)

    def __getattr__(self, name: str) -> Any:
        """The value of a setting."""
        if name.startswith("__") or name not in self.__dict__.get("_values", ()):
            raise AttributeError(f"there is no setting {name!r}")
        return self._values[name]

    def set(self, name: str, value: Any, source: str = "") -> None:
        """Check and take a value; ``source`` is where it came from, for messages."""
        setting = SETTINGS.get(name)
        if setting is None:
            raise HotclubError(f"{source}there is no setting {name!r}")
        called = f"{source}{setting.option if not source.endswith('.py: ') else name}"
        try:
            checked = setting.check(value)
        except ValueError as error:
            raise HotclubError(f"{called} {error}") from None
        if setting.answer == "refused":
            if not _is_nothing(setting, checked):
                raise HotclubError(f"{called} is refused: {setting.note}")
            return
        self._values[name] = checked
        self.given[name] = source

    def finish(self) -> Config:
        """Settle what depends on several settings; raise HotclubError if they do not agree."""
        self._settle_worker_class()
        self._settle_threads()
        if self.reload and self.preload_app:
            self._values["preload_app"] = False
            self.notes.append("--preload is left out: with it --reload could not reload anything")
        if not self.bind:
            raise HotclubError("there is nothing to listen on; pass --bind host:port")
        if self.health_path and not self.health_path.startswith("/"):
            raise HotclubError(f"--health-path must begin with /, not {self.health_path!r}")
        return self

    def _settle_worker_class(self) -> None:
        wanted = self.worker_class
        name = wanted if isinstance(wanted, str) else getattr(wanted, "__name__", None)
        word = (name or "").lower()
        if "uvicorn" in word or "asgi" in word:
            raise HotclubError(
                f"--worker-class {name} is refused: ASGI comes in a later version;"
                " serve the project's WSGI application"
            )
        if word in GREENLETS or "gevent" in word or "eventlet" in word or "tornado" in word:
            raise HotclubError(
                f"--worker-class {name} is refused: there are no greenlets here, requests run in"
                " threads; leave it out and set --threads"
            )
        if (word == "sync" or word.endswith("syncworker")) and "threads" not in self.given:
            self._values["threads"] = 1

    def _settle_threads(self) -> None:
        if not self.max_threads:
            fixed = "threads" in self.given or self.threads == 1
            self._values["max_threads"] = self.threads if fixed else MOST_THREADS
        if self.max_threads < self.threads:
            raise HotclubError(
                f"--max-threads {self.max_threads} is less than --threads {self.threads};"
                " leave it out for a fixed number"
            )

    # What gunicorn's object has besides

    @property
    def settings(self) -> dict[str, Value]:
        """Each setting as an object with ``get()``."""
        return {name: Value(self, setting) for name, setting in SETTINGS.items()}

    @property
    def uid(self) -> int:
        """The user that workers run as."""
        return int(self.user)

    @property
    def gid(self) -> int:
        """The group that workers run as."""
        return int(self.group)

    @property
    def env(self) -> dict[str, str]:
        """``raw_env`` as a dict."""
        return dict(item.split("=", 1) for item in self.raw_env)

    @property
    def proc_name(self) -> str:
        """What ps shows."""
        return self._values["proc_name"] or self.wsgi_app or str(self.default_proc_name)

    @property
    def sendfile(self) -> bool:
        """Whether ``wsgi.file_wrapper`` may use sendfile(2): $SENDFILE, --no-sendfile."""
        if self._values["sendfile"] is not None:
            return bool(self._values["sendfile"])
        return os.environ.get("SENDFILE", "yes").lower() in ("y", "1", "yes", "true")

    @property
    def address(self) -> list[Any]:
        """The addresses to listen on, as they were written."""
        return list(self.bind)

    @property
    def is_ssl(self) -> bool:
        """Never; see the table."""
        return False

    @property
    def worker_class_str(self) -> str:
        """For hooks that print it."""
        return "hotclub"

    @property
    def directory(self) -> Path:
        """The project's directory."""
        return Path(self.chdir).resolve() if self.chdir else Path.cwd()

    def call(self, hook: str, *arguments: Any) -> None:
        """Call a hook, if there is one; what it raises is the caller's."""
        function: Callable[..., Any] | None = self._values[hook]
        if function is not None:
            function(*arguments)

    def post_request_hook(self) -> Callable[..., Any] | None:
        """``post_request`` as a function of four arguments, whatever it takes."""
        function: Callable[..., Any] | None = self._values["post_request"]
        if function is None:
            return None
        arity = arity_of(function, 4, 3, 2)
        return lambda *arguments: function(*arguments[:arity])

    def __str__(self) -> str:
        """Every setting, one a line, as ``--print-config`` shows it."""
        width = max(map(len, SETTINGS))
        lines = []
        for name in sorted(SETTINGS):
            value = getattr(self, name)
            if callable(value):
                value = f"<{getattr(value, '__qualname__', value)}()>"
            lines.append(f"{name:{width}} = {value}")
        return "\n".join(lines)


class Value:
    """One setting's value, with gunicorn's way of asking for it."""

    def __init__(self, config: Config, setting: Setting) -> None:
        self._config = config
        self.name = setting.name
        self.cli = setting.cli
        self.default = setting.default_value()
        self.short = setting.help

    @property
    def value(self) -> Any:
        """The value."""
        return getattr(self._config, self.name)

    def get(self) -> Any:
        """The value."""
        return self.value

    def set(self, value: Any) -> None:
        """Change it."""
        self._config.set(self.name, value)


def _is_nothing(setting: Setting, value: Any) -> bool:
    default = setting.default_value()
    same = tuple(value) == default if isinstance(value, list) else value == default
    return same or value in (None, "", (), [], False) or (setting.name == "cert_reqs" and not value)


def overridden(config: Config, values: Mapping[str, Any], source: str) -> None:
    """Take every value that is not None."""
    for name, value in values.items():
        if value is not None and name in SETTINGS:
            config.set(name, value, source)
