"""Which findings a project wants to hear of, where no command line says so."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hotclub import pyproject
from hotclub.doctor.silence._baseline import Baseline
from hotclub.doctor.silence._select import codes
from hotclub.doctor.silence._silence import Selection
from hotclub.errors import HotclubError


def selection_of(project: Path) -> Selection:
    """``select``, ``ignore`` and ``baseline`` of ``[tool.hotclub]``; all findings without it.

    Raises:
        HotclubError: one of them is wrong, or cannot be read.
    """
    file, table = pyproject.find(project)
    if file is None:
        return Selection()
    try:
        name = table.get("baseline")
        if name is not None and not isinstance(name, str):
            raise HotclubError(f"baseline: {name!r} is not the name of a file")
        baseline = None if name is None else Baseline.read(file.parent / name)
        return Selection(_codes(table, "select"), _codes(table, "ignore"), baseline)
    except HotclubError as error:
        raise HotclubError(f"{file}: {pyproject.TABLE} {error}") from None


def _codes(table: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = table.get(key, [])
    listed = value if isinstance(value, list) else [value]
    if not all(isinstance(word, str) for word in listed):
        raise HotclubError(f"{key}: {value!r} are not codes")
    try:
        return codes(",".join(listed)) if listed else ()
    except HotclubError as error:
        raise HotclubError(f"{key}: {error}") from None
