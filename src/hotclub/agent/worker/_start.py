"""The order in which a copied project is brought up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hotclub.agent.worker import _database, _project, _redirect


@dataclass(frozen=True)
class Started:
    """A project that is up."""

    settings: Any
    application: Any
    databases: dict[str, Any]


def start(config: dict[str, Any]) -> Started:
    """Import the settings, redirect them, install the recorder, load apps, URLs and WSGI.

    Raises:
        Failure: where the project cannot be brought up.
    """
    settings = _project.load_settings(config)
    _redirect.redirect(settings, config)
    if config.get("recording"):
        from hotclub.agent import recorder

        # Whatever is secret here was made up for the copy.
        recording = {**config["recording"], "root": config["tree"], "own_crawl": True}
        recorder.install({**recording, "interval": recorder.BY_HAND})
    _project.set_up(config)
    databases = _database.check(config["tree"], config.get("migrations", True))
    return Started(settings, _project.application(config), databases)
