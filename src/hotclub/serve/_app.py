"""The application as hooks know it: ``server.app`` and ``worker.app``."""

from __future__ import annotations

from hotclub.serve._application import Application, load_application
from hotclub.serve._config import Config


class App:
    """Imports the application once, when it is first asked for."""

    def __init__(self, cfg: Config) -> None:
        self.cfg = cfg
        self.callable: Application | None = None

    def load(self) -> Application:
        """Import it.

        Raises:
            HotclubError: it cannot be imported; the message says where it failed.
        """
        return load_application(self.cfg.wsgi_app, self.cfg.django_settings, self.cfg.directory)

    def wsgi(self) -> Application:
        """The application."""
        if self.callable is None:
            self.callable = self.load()
        return self.callable
