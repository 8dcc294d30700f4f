"""Looking into a TOML file, with one message for whatever is not as it should be."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from hotclub.errors import HotclubError

_KINDS: dict[type, str] = {
    str: "a string",
    int: "a whole number",
    bool: "true or false",
    dict: "a table",
    list: "a list",
}


class Table:
    """A table of a file, with the keys that led to it."""

    def __init__(self, file: Path, values: Mapping[str, Any], where: str = "") -> None:
        self.file = file
        self.values = values
        self.where = where

    def wrong(self, key: str, expected: str) -> HotclubError:
        """What is wrong with a key: the file, the key, what is expected there."""
        return HotclubError(f"{self.file}: {self._named(key)}: {expected}")

    def get(self, key: str, *kinds: type, default: Any = None) -> Any:
        """The value of a key, which must be of one of these types; the default without."""
        value = self.values.get(key, default)
        if key in self.values and type(value) not in kinds:
            wanted = " or ".join(_KINDS[kind] for kind in kinds)
            raise self.wrong(key, f"expected {wanted}, not {value!r}")
        return value

    def need(self, key: str, *kinds: type) -> Any:
        """The value of a key that must be there."""
        if key not in self.values:
            raise self.wrong(key, f"is missing; expected {' or '.join(_KINDS[k] for k in kinds)}")
        return self.get(key, *kinds)

    def path(self, key: str) -> str:
        """A path on the project's own host, as a string that begins with a slash."""
        value = str(self.need(key, str))
        if not value.startswith("/") or value.startswith("//"):
            raise self.wrong(key, f"expected a path that begins with /, not {value!r}")
        return value

    def texts(self, key: str) -> dict[str, str]:
        """A table whose values are strings, numbers or booleans, as strings."""
        found = {}
        for name, value in self.get(key, dict, default={}).items():
            if isinstance(value, (dict, list)):
                raise self.wrong(f"{key}.{name}", f"expected a string, not {value!r}")
            found[name] = str(value).lower() if isinstance(value, bool) else str(value)
        return found

    def tables(self, key: str) -> Iterator[Table]:
        """A list of tables."""
        for number, one in enumerate(self.get(key, list, default=[]), 1):
            where = f"{self._named(key)}[{number}]"
            if not isinstance(one, dict):
                raise HotclubError(f"{self.file}: {where}: expected a table, not {one!r}")
            yield Table(self.file, one, where)

    def only(self, known: Collection[str]) -> None:
        """Refuse every key that is not one of these."""
        for key in self.values:
            if key not in known:
                near = difflib.get_close_matches(key, list(known), n=1)
                hint = f"did you mean {near[0]}?" if near else f"expected {', '.join(known)}"
                raise self.wrong(key, f"is not known; {hint}")

    def one_of(self, keys: Collection[str], *, least: int = 0) -> str:
        """Which of these keys is there; at most one may be. Empty without any."""
        found = [key for key in keys if key in self.values]
        if len(found) > 1:
            raise self.wrong(found[1], f"cannot stand beside {found[0]}; expected one of them")
        if len(found) < least:
            raise HotclubError(f"{self.file}: {self.where}: expected one of {', '.join(keys)}")
        return found[0] if found else ""

    def _named(self, key: str) -> str:
        return f"{self.where}.{key}" if self.where else key


def load(file: Path) -> Table:
    """The whole file.

    Raises:
        HotclubError: it cannot be read, or is not TOML; with the line and the column.
    """
    toml = _parser()
    try:
        return Table(file, toml.loads(file.read_text(encoding="utf-8")))
    except OSError as error:
        raise HotclubError(f"{file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise HotclubError(f"{file} is not UTF-8 at byte {error.start}") from None
    except ValueError as error:
        raise HotclubError(f"{file} is not TOML: {error}") from None


def _parser() -> Any:
    for name in ("tomllib", "tomli"):
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError:
            continue
    raise HotclubError("reading TOML needs Python 3.11 or newer, or: pip install tomli")
