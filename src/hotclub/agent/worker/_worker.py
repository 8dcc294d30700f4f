"""The worker's state, and which operation is done where."""

from __future__ import annotations

import platform
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from hotclub import __version__
from hotclub.agent.worker import (
    _catalogue,
    _described,
    _indexing,
    _measuring,
    _migrations,
    _models,
    _plans,
    _probe,
    _project,
    _state,
    _tables,
    _witness_rows,
)
from hotclub.agent.worker._errors import failure
from hotclub.agent.worker._start import start
from hotclub.agent.worker._witness import Witnesses

if TYPE_CHECKING:
    from hotclub.agent.worker._exchange import Exchange
    from hotclub.agent.worker._routes import Routes
    from hotclub.agent.worker._users import Users


class Worker:
    """One project in one process; everything is loaded when it is first asked for."""

    def __init__(self, config: dict[str, Any]) -> None:
        self.config = config
        self.tree: str = config["tree"]
        self._facts: dict[str, Any] | None = None
        self._ops: dict[str, Callable[..., dict[str, Any]]] = {
            "probe": self._probe,
            "setup": self._setup,
            "routes": lambda: self.routes.describe(),
            "resolve": lambda paths: {"routes": self.routes.patterns(paths)},
            "users": lambda: self.users.describe(),
            "cookies": lambda user: {
                "cookies": self.users.cookies(user),
                "headers": self.users.headers(user),
            },
            "parameters": self._parameters,
            "absolute_urls": self._absolute_urls,
            "rows": _tables.rows,
            **_plans.OPERATIONS,
            **_measuring.OPERATIONS,
            **_indexing.OPERATIONS,
            **_catalogue.OPERATIONS,
            **_models.OPERATIONS,
            **_described.OPERATIONS,
            **_migrations.OPERATIONS,
            **_state.OPERATIONS,
            **_witness_rows.OPERATIONS,
            **Witnesses().operations(),
            "request": lambda **call: self.exchange.answer(call),
            "quit": self._quit,
        }

    def call(self, op: str, call: dict[str, Any]) -> dict[str, Any]:
        """Do one operation."""
        if op not in self._ops:
            raise failure("request", f"there is no operation {op!r}")
        if op not in ("probe", "setup", "quit"):
            self._setup()
        return self._ops[op](**call)

    def rest(self) -> None:
        """What is done after each answer: what was recorded is written, so that the next request
        may cost this process its life, and is not slowed by it."""
        if self._facts is not None and self.config.get("recording"):
            from hotclub.agent import recorder

            recorder.flush()

    @cached_property
    def routes(self) -> Routes:
        """The project's URLconf."""
        from hotclub.agent.worker._routes import Routes

        return Routes(self.tree)

    @cached_property
    def users(self) -> Users:
        """Who requests are made as."""
        from hotclub.agent.worker._users import Users

        return Users(self.config.get("users"))

    @cached_property
    def exchange(self) -> Exchange:
        """What requests go through."""
        from hotclub.agent.worker._exchange import Exchange

        return Exchange(self)

    def _probe(self) -> dict[str, Any]:
        return _probe.report(_project.load_settings(self.config))

    def _setup(self) -> dict[str, Any]:
        if self._facts is None:
            started = start(self.config)
            self.application = started.application
            self._facts = {
                "versions": {
                    "python": platform.python_version(),
                    "django": _project.django_version(),
                    "hotclub": __version__,
                },
                "databases": started.databases,
                **_project.facts(started.settings, self.tree),
            }
        return self._facts

    def _parameters(self, route: int, count: int = 3) -> dict[str, Any]:
        from hotclub.agent.worker import _parameters

        with self.routes.spoken():
            return _parameters.examples(self.routes, route, count, self.users.found())

    def _absolute_urls(self, count: int = 3) -> dict[str, Any]:
        from hotclub.agent.worker import _parameters

        with self.routes.spoken():
            return _parameters.absolute_urls(self.routes, count)

    def _quit(self) -> dict[str, Any]:
        if self._facts is not None and self.config.get("recording"):
            from hotclub.agent import recorder

            recorder.uninstall()
        return {}
