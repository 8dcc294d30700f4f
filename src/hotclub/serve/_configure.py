"""Where settings come from: each source goes over the ones before it.

    defaults ─► gunicorn.conf.py ─► $GUNICORN_CMD_ARGS ─► command line

A file of Python may hold names of its own, so an unknown name is an error only when nothing in the
file uses it and a setting's name is near: then it is a slip.
"""

from __future__ import annotations

import ast
import difflib
import importlib
import importlib.machinery
import importlib.util
import inspect
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from hotclub.errors import HotclubError
from hotclub.serve._application import explain
from hotclub.serve._config import Config, overridden
from hotclub.serve._table import SETTINGS

DEFAULT_FILE = "gunicorn.conf.py"
ENVIRONMENT = "GUNICORN_CMD_ARGS"
NEAR = 0.75


class Sources:
    """What the command line and the environment said; :meth:`load` reads the file anew."""

    def __init__(self, given: Mapping[str, Any], environment: Mapping[str, Any]) -> None:
        self._given = dict(given)
        self._environment = dict(environment)
        self.directory = Path.cwd()

    def load(self) -> Config:
        """The settings as they are now.

        Raises:
            HotclubError: the file cannot be read or raises, or a value is refused.
        """
        config = Config()
        location = self._given.get("config") or self._environment.get("config")
        if location is None and (self.directory / DEFAULT_FILE).exists():
            location = DEFAULT_FILE
        if location is not None:
            _take_file(config, location, self.directory)
            config.set("config", location)
        overridden(config, self._environment, f"${ENVIRONMENT}: ")
        overridden(config, self._given, "")
        return config.finish()


def _take_file(config: Config, location: str, directory: Path) -> None:
    if str(directory) not in sys.path:
        sys.path.insert(0, str(directory))
    if location.startswith("python:"):
        module = _import(location.removeprefix("python:"))
    else:
        module = _run(directory / location.removeprefix("file:"))
    name = os.path.basename(module.__file__ or location)
    source = f"{name}: " if name.endswith(".py") else f"{location}.py: "
    for key, value in vars(module).items():
        if key in SETTINGS:
            config.set(key, value, source)
    _check_slips(module, source)


def _import(name: str) -> ModuleType:
    try:
        if name in sys.modules:
            return importlib.reload(sys.modules[name])
        return importlib.import_module(name)
    except Exception as error:
        raise _unreadable(name, error) from error


def _run(path: Path) -> ModuleType:
    if not path.exists() or path.is_dir():
        raise HotclubError(f"--config {path}: there is no such file")
    name = "__config__"
    loader = importlib.machinery.SourceFileLoader(name, str(path))
    spec = importlib.util.spec_from_file_location(name, path, loader=loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        code = compile(path.read_bytes(), str(path), "exec")
        exec(code, module.__dict__)
    except (Exception, SystemExit) as error:
        raise _unreadable(path, error) from error
    return module


def _unreadable(name: object, error: BaseException) -> HotclubError:
    said = explain(error, f"the configuration {name} cannot be read")
    if isinstance(error, ModuleNotFoundError) and str(error.name).startswith("gunicorn"):
        said += "\nhotclub.serve.Logger stands for gunicorn.glogging.Logger; or install gunicorn"
    return HotclubError(said)


def _check_slips(module: ModuleType, source: str) -> None:
    """Refuse a name that nothing uses and that looks like a setting's."""
    try:
        tree = ast.parse(inspect.getsource(module))
    except (OSError, TypeError, SyntaxError):
        return
    used = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and _is_load(n)}
    for name, value in vars(module).items():
        if name in SETTINGS or name in used or name.startswith("_"):
            continue
        if isinstance(value, (ModuleType, type)) or _is_from_elsewhere(value, module):
            continue
        near = difflib.get_close_matches(name, SETTINGS, n=2, cutoff=NEAR)
        if near:
            raise HotclubError(
                f"{source}there is no setting {name!r}; did you mean"
                f" {' or '.join(map(repr, near))}?"
                " (A name that the file uses itself is left alone.)"
            )


def _is_load(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Load)


def _is_from_elsewhere(value: Any, module: ModuleType) -> bool:
    return callable(value) and getattr(value, "__module__", None) != module.__name__
