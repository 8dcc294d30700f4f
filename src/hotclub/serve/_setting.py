"""One setting: what the table holds, and from it the parser, the file's loader and the docs.

The names, options and meanings are gunicorn's wherever it has them, so that a command line and a
``gunicorn.conf.py`` that exist go on working; ``answer`` says how far that is so for each.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

Answer = Literal["same", "different", "refused", "ours"]
Check = Callable[[Any], Any]


@dataclass(frozen=True)
class Setting:
    """A name, its options, the values it takes, and how it compares with gunicorn's.

    ``check`` turns what was given (text from a command line, anything from a file) into the value
    or raises ValueError. ``note`` says how a ``different`` one differs, why a ``refused`` one is
    refused. ``takes`` says what follows the option: one value, several by repetition, an optional
    value, or nothing (then the option means ``const``).
    """

    name: str
    cli: tuple[str, ...]
    check: Check
    default: Any
    answer: Answer
    help: str
    note: str = ""
    meta: str = ""
    takes: Literal["value", "values", "optional", "nothing"] = "value"
    const: Any = True
    shown: str = ""  # the default as documentation shows it, when it is computed

    @property
    def option(self) -> str:
        """How messages call it: its first long option, else its name."""
        return next((word for word in self.cli if word.startswith("--")), self.name)

    def default_value(self) -> Any:
        """The default; a function is asked each time, as the environment may have changed."""
        return self.default() if callable(self.default) and self.shown else self.default

    def default_text(self) -> str:
        """The default as documentation and ``--help`` show it."""
        if self.shown:
            return self.shown
        if self.default is None or self.default == () or self.default == {}:
            return ""
        if callable(self.default):
            return ""
        if isinstance(self.default, tuple):
            return ",".join(map(str, self.default))
        return str(self.default)


def group(section: str, *settings: Setting) -> tuple[str, tuple[Setting, ...]]:
    """A section of the table."""
    return section, settings
