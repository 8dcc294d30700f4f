"""Putting patches in, and taking every one of them out again.

Nothing of Django is imported here to be patched: a project must be free to import its modules
in its own order. A module that is there already is patched at once; the others right after
they have been executed, by a finder that stands first in `sys.meta_path` and is gone as soon as
nothing is waited for.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any
from weakref import WeakSet

Patcher = Callable[[ModuleType, "Patches"], None]
_ABSENT = object()
_WRAPPERS = "_hotclub_wrappers"  # on a passing class: name → wrapper, to put in again
_passing: WeakSet[type] = WeakSet()


class Patches:
    """Attributes that were replaced, with what was there before.

    There may be one of these at a time.
    """

    def __init__(self) -> None:
        self._made: list[tuple[Any, str, Any, Any]] = []

    def set(self, owner: Any, name: str, value: Any) -> None:
        """Replace the owner's own attribute, keeping what `vars(owner)` held."""
        self._made.append((owner, name, vars(owner).get(name, _ABSENT), value))
        setattr(owner, name, value)

    def wrap(self, owner: Any, name: str, make: Callable[[Any], Any]) -> None:
        """Replace an attribute by what *make* makes of it; nothing if there is none."""
        original = vars(owner).get(name, _ABSENT)
        if original is not _ABSENT:
            self.set(owner, name, make(original))

    def passing(self, owner: type, name: str, value: Any) -> None:
        """Replace an attribute of a class that may come and go; *value* has `__wrapped__`.

        Such a class is not kept alive by having been patched.
        """
        if _WRAPPERS not in vars(owner):
            setattr(owner, _WRAPPERS, {})
        vars(owner)[_WRAPPERS][name] = value
        _passing.add(owner)
        setattr(owner, name, value)

    def undo(self) -> None:
        """Put everything back, the latest first."""
        for owner in list(_passing):
            for name, value in vars(owner)[_WRAPPERS].items():
                setattr(owner, name, value.__wrapped__)
        for owner, name, before, _ in reversed(self._made):
            if before is _ABSENT:
                with contextlib.suppress(AttributeError):
                    delattr(owner, name)
            else:
                setattr(owner, name, before)

    def redo(self) -> None:
        """Replace again what `undo` put back, and what an earlier recording wrapped."""
        for owner, name, _, value in self._made:
            setattr(owner, name, value)
        for owner in list(_passing):
            for name, value in vars(owner)[_WRAPPERS].items():
                setattr(owner, name, value)


class ImportHook:
    """Calls a patcher for each of some modules, now or when it has been imported."""

    def __init__(self, patchers: dict[str, Patcher], patches: Patches) -> None:
        self._waiting = dict(patchers)
        self._patches = patches

    def install(self) -> None:
        """Patch what is imported already and wait for the rest."""
        for name in list(self._waiting):
            module = sys.modules.get(name)
            spec = getattr(module, "__spec__", None)
            if module is not None and not getattr(spec, "_initializing", False):
                self._waiting.pop(name)(module, self._patches)
        if self._waiting:
            sys.meta_path.insert(0, self)

    def uninstall(self) -> None:
        """Wait no longer; `install` waits again for what has not come."""
        self._leave()

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec that the other finders give, its loader set to patch afterwards."""
        if name not in self._waiting:
            return None
        for finder in sys.meta_path:
            find = getattr(finder, "find_spec", None)
            if finder is self or find is None:
                continue
            spec: ModuleSpec | None = find(name, path, target)
            if spec is not None:
                self._follow(name, spec)
                return spec
        return None

    def _follow(self, name: str, spec: ModuleSpec) -> None:
        loader: Any = spec.loader
        execute = getattr(loader, "exec_module", None)
        if execute is None:
            return

        def exec_module(module: ModuleType) -> None:
            with contextlib.suppress(AttributeError):
                del loader.exec_module
            execute(module)
            patcher = self._waiting.pop(name, None)
            if patcher is not None:
                patcher(module, self._patches)
            if not self._waiting:
                self._leave()

        # A loader that takes no attributes is one whose module we have to do without.
        with contextlib.suppress(AttributeError):
            loader.exec_module = exec_module

    def _leave(self) -> None:
        with contextlib.suppress(ValueError):
            sys.meta_path.remove(self)
