"""``logconfig``, ``logconfig_dict``, ``logconfig_json``: the user's own logging configuration."""

from __future__ import annotations

import json
import logging.config
import os
from pathlib import Path
from typing import Any

from hotclub.errors import HotclubError

_CONSOLES = {
    name: {"class": "logging.StreamHandler", "formatter": "generic", "stream": f"ext://sys.{to}"}
    for name, to in (("console", "stdout"), ("error_console", "stderr"))
}
_GENERIC = {
    "format": "%(asctime)s [%(process)d] [%(levelname)s] %(message)s",
    "datefmt": "[%Y-%m-%d %H:%M:%S %z]",
    "class": "logging.Formatter",
}


def _defaults() -> dict[str, Any]:
    """What the user's keys go over: everything on the consoles."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "root": {"level": "INFO", "handlers": ["console"]},
        "loggers": {
            f"gunicorn.{log}": {"level": "INFO", "handlers": [to], "propagate": True}
            for log, to in (("error", "error_console"), ("access", "console"))
        },
        "handlers": {name: dict(handler) for name, handler in _CONSOLES.items()},
        "formatters": {"generic": dict(_GENERIC)},
    }


def configure_logging(cfg: Any) -> None:
    """Apply the first of the three that is given.

    Raises:
        HotclubError: it cannot be read, or :mod:`logging` does not take it.
    """
    try:
        if cfg.logconfig_dict:
            logging.config.dictConfig({**_defaults(), **cfg.logconfig_dict})
        elif cfg.logconfig_json:
            given = json.loads(Path(cfg.logconfig_json).read_text())
            logging.config.dictConfig({**_defaults(), **given})
        elif cfg.logconfig:
            _from_file(cfg.logconfig)
    except OSError as error:
        raise HotclubError(f"the log configuration {error.filename}: {error.strerror}") from None
    except Exception as error:  # whatever the configuration's own classes raise
        raise HotclubError(f"the log configuration is wrong: {error}") from error


def _from_file(path: str) -> None:
    Path(path).open().close()
    defaults = {"__file__": path, "here": os.path.dirname(path)}
    logging.config.fileConfig(path, defaults=defaults, disable_existing_loggers=False)
