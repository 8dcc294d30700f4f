"""Making everything that points into the user's tree point into the copy.

An editable installation, a ``.pth`` file or ``PYTHONPATH`` may have put the user's own
directories on the search path; what was found there would run outside the workspace.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any


def enter(config: dict[str, Any]) -> None:
    """Work in the copied tree as ``python manage.py`` does in the user's."""
    os.chdir(config["tree"])
    sys.path[0] = config["tree"]
    move(config["moves"])


def move(moves: list[str]) -> None:
    """Search in the copy for whatever would be searched for in the user's tree."""
    sys.path[:] = [moved(entry, *moves) for entry in sys.path]
    sys.path_importer_cache.clear()
    for finder in sys.meta_path:
        _move_editable(finder, *moves)


def moved(path: str, root: str, tree: str) -> str:
    """``path`` in the copy, when it is in the user's tree and has been copied."""
    if path != root and not path.startswith(root.rstrip("/") + "/"):
        return path
    copied = tree + path[len(root.rstrip("/")) :]
    return copied if os.path.lexists(copied) or not os.path.lexists(path) else path


def moved_value(value: Any, root: str, tree: str) -> Any:
    """A setting's value with every path into the user's tree moved; itself if there is none."""
    if isinstance(value, str):
        return moved(value, root, tree)
    if isinstance(value, Path):
        new = moved(str(value), root, tree)
        return value if new == str(value) else type(value)(new)
    if type(value) in (list, tuple, set):
        items = [moved_value(item, root, tree) for item in value]
        changed = any(new is not old for new, old in zip(items, value, strict=True))
        return type(value)(items) if changed else value
    if type(value) is dict:
        for key, item in list(value.items()):
            new = moved_value(item, root, tree)
            if new is not item:
                value[key] = new
    return value


def _move_editable(finder: Any, root: str, tree: str) -> None:
    """Move the mapping of setuptools' finder for an editable installation."""
    module = sys.modules.get(getattr(finder, "__module__", ""))
    mapping = getattr(module, "MAPPING", None)
    if isinstance(mapping, dict):
        for name, path in mapping.items():
            mapping[name] = moved(path, root, tree)
