"""What can be read off a view without calling it."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Iterator
from functools import cached_property
from types import CodeType
from typing import Any

_METHODS = ("get", "post", "put", "patch", "delete")


class View:
    """A URL pattern's callback: a function, a class-based view, a viewset, the admin's."""

    def __init__(self, callback: Any) -> None:
        self.callback = callback

    @cached_property
    def target(self) -> Any:
        """The class or the function below decorators and partials."""
        callback = self.callback
        while True:
            view_class = getattr(callback, "view_class", None) or getattr(callback, "cls", None)
            if view_class is not None:
                return view_class
            if isinstance(callback, functools.partial):
                callback = callback.func
            elif hasattr(callback, "__wrapped__"):
                callback = callback.__wrapped__
            elif (hidden := _hidden(callback)) is not None:
                callback = hidden
            elif not inspect.isroutine(callback) and not inspect.isclass(callback):
                return type(callback)
            else:
                return callback

    @cached_property
    def name(self) -> str:
        """Module and qualified name."""
        return f"{self.target.__module__}.{self.target.__qualname__}"

    def is_in(self, tree: str) -> bool:
        """Whether the view's module is a file of this tree."""
        file = getattr(sys.modules.get(self.target.__module__), "__file__", None) or ""
        return file.startswith(f"{tree}/") and "/site-packages/" not in file

    @cached_property
    def is_admin(self) -> bool:
        """Whether it is one of the admin's pages."""
        return hasattr(self.callback, "model_admin") or hasattr(self.callback, "admin_site")

    @cached_property
    def is_api(self) -> bool:
        """Whether it answers in the form that it is asked for, as the REST framework's views do."""
        return hasattr(self.target, "renderer_classes")

    @cached_property
    def model(self) -> Any:
        """The model the view says it works on, or None."""
        admin = getattr(self.callback, "model_admin", None) or getattr(
            getattr(self.target, "__self__", None), "model", None
        )
        target = self.target
        given = getattr(self.callback, "view_initkwargs", None) or {}
        serializer = getattr(getattr(target, "serializer_class", None), "Meta", None)
        form = getattr(getattr(target, "form_class", None), "_meta", None)
        named = (
            getattr(admin, "model", None),
            given.get("model"),
            getattr(target, "model", None),
            getattr(getattr(target, "queryset", None), "model", None),
            getattr(serializer, "model", None),
            getattr(form, "model", None),
        )
        return next((model for model in named if _is_model(model)), None)

    @cached_property
    def queryset(self) -> Any:
        """The queryset the view's class names, or None."""
        queryset = getattr(self.target, "queryset", None)
        return queryset if hasattr(queryset, "query") else None

    @cached_property
    def lookup(self) -> dict[str, str]:
        """Parameters that pick the view's object, with the model's field for each."""
        target = self.target
        if hasattr(self.callback, "model_admin"):
            return {"object_id": "pk"}
        if hasattr(target, "lookup_field"):
            field = target.lookup_field
            return {getattr(target, "lookup_url_kwarg", None) or field: field}
        if hasattr(target, "slug_url_kwarg"):
            found = {target.pk_url_kwarg: "pk", target.slug_url_kwarg: target.slug_field}
            return {str(name): str(field) for name, field in found.items()}
        return {}

    @cached_property
    def methods(self) -> list[str] | None:
        """HTTP methods it answers, in lower case; None when that cannot be told."""
        actions = getattr(self.callback, "actions", None)
        if isinstance(actions, dict):
            return sorted(actions)
        if inspect.isclass(self.target):
            allowed = getattr(self.target, "http_method_names", _METHODS)
            return [name for name in _METHODS if name in allowed and hasattr(self.target, name)]
        return None

    @cached_property
    def models_named(self) -> list[Any]:
        """Models that the view's own code mentions, in the order of mention."""
        found: list[Any] = []
        for function in self._functions():
            for model in _mentioned(function):
                if model not in found:
                    found.append(model)
        return found

    def _functions(self) -> Iterator[Any]:
        """The function, or what the class and its own bases outside Django define."""
        if not inspect.isclass(self.target):
            yield from (self.target,) if hasattr(self.target, "__code__") else ()
            return
        for base in self.target.__mro__:
            if base.__module__.partition(".")[0] not in ("django", "rest_framework", "builtins"):
                yield from (value for value in vars(base).values() if hasattr(value, "__code__"))


def _hidden(callback: Any) -> Any:
    """The view below a decorator that does not say what it wraps: the one callable that a
    function which only passes its arguments on remembers; None for others."""
    code = getattr(callback, "__code__", None)
    passes_on = inspect.CO_VARARGS | inspect.CO_VARKEYWORDS
    if code is None or code.co_flags & passes_on != passes_on or code.co_argcount > 1:
        return None
    cells = [_remembered(cell) for cell in callback.__closure__ or ()]
    found = [one for one in cells if inspect.isfunction(one)]
    return found[0] if len(found) == 1 else None


def _remembered(cell: Any) -> Any:
    """What is in a cell; None for one that is not filled."""
    try:
        return cell.cell_contents
    except ValueError:
        return None


def _mentioned(function: Any) -> Iterator[Any]:
    space = function.__globals__
    names = list(_names(function.__code__))
    modules = [space[name] for name in names if inspect.ismodule(space.get(name))]
    for name in names:
        for place in (space, *map(vars, modules)):
            value = place.get(name)
            if _is_model(value):
                yield value


def _is_model(value: Any) -> bool:
    """Whether it is a model that has a table."""
    options: Any = getattr(value, "_meta", None)
    return inspect.isclass(value) and hasattr(options, "label_lower") and not options.abstract


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)
