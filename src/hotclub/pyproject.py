"""Where a project says how hotclub is to be used: ``[tool.hotclub]`` in ``pyproject.toml``."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hotclub.errors import HotclubError

TABLE = "[tool.hotclub]"


def find(start: Path) -> tuple[Path | None, Mapping[str, Any]]:
    """The nearest file, here or above but within the repository, that has the table.

    Raises:
        HotclubError: a file that speaks of hotclub cannot be read.
    """
    start = start.expanduser().resolve()
    for directory in (start, *start.parents):
        file = directory / "pyproject.toml"
        if file.is_file():
            table = _read(file)
            if table is not None:
                return file, table
        if (directory / ".git").exists():
            break
    return None, {}


def _read(file: Path) -> Mapping[str, Any] | None:
    content = file.read_bytes()
    if b"hotclub" not in content:
        return None
    try:
        toml = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    except ModuleNotFoundError:
        raise HotclubError(f"reading {file} needs tomli: pip install 'hotclub[doctor]'") from None
    try:
        tool = toml.loads(content.decode("utf-8")).get("tool", {})
    except ValueError as error:
        raise HotclubError(f"{file} is not valid TOML: {error}") from None
    table = tool.get("hotclub")
    if table is not None and not isinstance(table, dict):
        raise HotclubError(f"{file}: {TABLE} has to be a table of settings")
    return table
