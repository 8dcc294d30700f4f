"""``hotclub serve``: a master that keeps workers alive, and the workers on the C engine.

What needs the engine is imported when it is asked for, so that its absence can be one sentence.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from hotclub.serve._config import Config
from hotclub.serve._configure import Sources

if TYPE_CHECKING:
    from hotclub.serve._application import load_application
    from hotclub.serve._logger import Logger
    from hotclub.serve._master import Master, serve

__all__ = [
    "Config",
    "Logger",
    "Master",
    "Sources",
    "load_application",
    "serve",
]

_PLACES = {
    "Logger": "_logger",
    "Master": "_master",
    "load_application": "_application",
    "serve": "_master",
}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_PLACES[name]}"), name)
