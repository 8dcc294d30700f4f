"""Templates as places: Django's nodes know their file and line, Jinja's code has to be told.

Jinja compiles a template to Python whose code objects bear the template's file name and lines of
their own. Which line of the template those are is known to the `jinja2.Template`, so each one's
table is kept as it is loaded.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Callable
from functools import wraps
from types import CodeType, ModuleType
from typing import Any

from ._hooks import Patches

# File → (lines of the generated code, lines of the template).
_tables: dict[str, tuple[list[int], list[int]]] = {}
_TABLES_MAX = 4096


def patch_jinja(module: ModuleType, patches: Patches) -> None:
    """jinja2.environment."""
    patches.wrap(module.Template, "_from_namespace", _from_namespace)


def template_of(node: Any) -> str | None:
    """The file of a Django template's node; None for a template that has none."""
    name = getattr(getattr(node, "origin", None), "name", None)
    return name if isinstance(name, str) and os.path.isabs(name) else None


def line_of(code: CodeType, lasti: int) -> int | None:
    """The template's line, for code that Jinja made of it."""
    table = _tables.get(code.co_filename)
    if table is None:
        return None
    for start, end, line in code.co_lines():
        if start <= lasti < end and line is not None:
            index = bisect_right(table[0], line) - 1
            return table[1][index] if index >= 0 else 1
    return 1


def _from_namespace(original: Any) -> Any:
    function: Callable[..., Any] = original.__func__

    @wraps(function)
    def remember(cls: Any, *args: Any, **kwargs: Any) -> Any:
        template = function(cls, *args, **kwargs)
        filename = getattr(template, "filename", None)
        if filename:
            if len(_tables) >= _TABLES_MAX:
                _tables.clear()
            pairs = [(made, line) for line, made in template.debug_info]
            _tables[filename] = [made for made, _ in pairs], [line for _, line in pairs]
        return template

    return classmethod(remember)
