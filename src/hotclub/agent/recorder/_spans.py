"""Where a request's time goes: middleware, views, templates, serializers, caches."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper, wraps
from inspect import CO_COROUTINE, iscoroutinefunction
from types import FunctionType, ModuleType
from typing import Any

from ._hooks import Patches
from ._places import walk
from ._shortcuts import in_span
from ._state import Spanned, current

_CACHE_METHODS = (
    "get", "set", "add", "touch", "delete", "get_many", "set_many", "delete_many", "incr", "decr",
    "has_key", "get_or_set", "clear",
)  # fmt: skip
_VIEWS_MAX = 128  # that are remembered: some projects make views anew for each request


def patch_handlers(module: ModuleType, patches: Patches) -> None:
    """django.core.handlers.base: middleware as it is put together, views as they are called."""
    patches.wrap(module, "convert_exception_to_response", _middleware)
    patches.wrap(module.BaseHandler, "make_view_atomic", _view)


def patch_templates(module: ModuleType, patches: Patches) -> None:
    """django.template.base: templates, with those that they include."""
    patches.wrap(module.Template, "render", _template)


def patch_jinja(module: ModuleType, patches: Patches) -> None:
    """django.template.backends.jinja2."""
    patches.wrap(module.Template, "render", _jinja_template)


def patch_serializers(module: ModuleType, patches: Patches) -> None:
    """rest_framework.serializers: the serializers that views ask for their data."""
    patches.wrap(module.BaseSerializer, "data", _serializer_data)


def patch_caches(module: ModuleType, patches: Patches) -> None:
    """django.core.cache: backends as they are made."""
    patches.wrap(module.CacheHandler, "create_connection", _cache)


def patch_deletion(module: ModuleType, patches: Patches) -> None:
    """django.db.models.deletion: what Django loads to see what else has to go."""
    patches.wrap(module.Collector, "collect", _collect)


def patch_permissions(module: ModuleType, patches: Patches) -> None:
    """django.contrib.auth.models: backends being asked; in deep recordings."""
    patches.wrap(module, "_user_has_perm", _permission)


def _collect(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def collect(self: Any, *args: Any, **kwargs: Any) -> Any:
        scope = current.get()
        if scope is None:
            return original(self, *args, **kwargs)
        with Spanned(scope, "delete", ""):
            return original(self, *args, **kwargs)

    return collect


def _permission(original: Callable[[Any, Any, Any], Any]) -> Callable[[Any, Any, Any], Any]:
    @wraps(original)
    def _user_has_perm(user: Any, perm: Any, obj: Any) -> Any:
        scope = current.get()
        if scope is None:
            return original(user, perm, obj)
        with Spanned(scope, "permission", str(perm)) as span:
            span.stack = walk()
            return original(user, perm, obj)

    return _user_has_perm


def _middleware(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    @wraps(original)
    def convert_exception_to_response(get_response: Any) -> Any:
        handler = original(get_response)
        kind = get_response if hasattr(get_response, "__qualname__") else type(get_response)
        if kind.__qualname__.startswith("BaseHandler."):
            return handler
        name = f"{kind.__module__}.{kind.__qualname__}".removesuffix(".<locals>.middleware")
        return _spanned(handler, "middleware", name)

    return convert_exception_to_response


def _view(original: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    known: dict[int, tuple[Any, Any]] = {}  # id → a view, kept so that the id is its; in a span

    def in_its_span(view: Any) -> Any:
        found = known.get(id(view))
        if found is None:
            if len(known) >= _VIEWS_MAX:
                known.clear()
            found = known[id(view)] = (view, _in_span(view, "view", dotted(view)))
        return found[1]

    @wraps(original)
    def make_view_atomic(self: Any, view: Any) -> Any:
        wrapped = original(self, view)
        if current.get() is None:
            return wrapped
        return in_its_span(view) if wrapped is view else _in_span(wrapped, "view", dotted(view))

    return make_view_atomic


def dotted(view: Any) -> str:
    """The dotted name of a view: of its class, where it has one."""
    view = getattr(view, "view_class", None) or getattr(view, "cls", None) or view
    view = getattr(view, "func", view)
    if not hasattr(view, "__qualname__"):
        view = type(view)
    return f"{view.__module__}.{view.__qualname__}"


def _spanned(function: Any, kind: str, name: str) -> Any:
    """The same callable in a span, as `wraps()` makes it."""
    return update_wrapper(_in_span(function, kind, name), function)


def _in_span(function: Any, kind: str, name: str) -> Any:
    """The same for who only calls it; what it was, coroutine function or not, it stays."""
    if _is_coroutine_function(function):

        async def awaited(*args: Any, **kwargs: Any) -> Any:
            scope = current.get()
            if scope is None:
                return await function(*args, **kwargs)
            with Spanned(scope, kind, name):
                return await function(*args, **kwargs)

        return awaited

    def called(*args: Any, **kwargs: Any) -> Any:
        scope = current.get()
        if scope is None:
            return function(*args, **kwargs)
        with Spanned(scope, kind, name):
            return function(*args, **kwargs)

    return in_span(function, called, kind, name)


def _is_coroutine_function(function: Any) -> bool:
    if type(function) is FunctionType and not function.__dict__:
        return bool(function.__code__.co_flags & CO_COROUTINE)
    return iscoroutinefunction(function)  # wrapped, marked, or a class's


def _template(original: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    @wraps(original)
    def render(self: Any, context: Any) -> Any:
        scope = current.get()
        if scope is None:
            return original(self, context)
        with Spanned(scope, "template", str(self.name or self.origin)):
            return original(self, context)

    return render


def _jinja_template(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def render(self: Any, *args: Any, **kwargs: Any) -> Any:
        scope = current.get()
        if scope is None:
            return original(self, *args, **kwargs)
        with Spanned(scope, "template", str(self.template.name)):
            return original(self, *args, **kwargs)

    return render


def _serializer_data(original: property) -> property:
    def data(self: Any) -> Any:
        scope = current.get()
        if scope is None:
            return original.__get__(self, type(self))
        kind = type(getattr(self, "child", self))
        with Spanned(scope, "serializer", f"{kind.__module__}.{kind.__qualname__}"):
            return original.__get__(self, type(self))

    return property(data, original.fset, original.fdel, original.__doc__)


def _cache(original: Callable[[Any, str], Any]) -> Callable[[Any, str], Any]:
    @wraps(original)
    def create_connection(self: Any, alias: str) -> Any:
        cache = original(self, alias)
        for name in _CACHE_METHODS:
            method = getattr(cache, name, None)
            if method is not None and hasattr(cache, "__dict__"):
                setattr(cache, name, _spanned(method, "cache", f"{alias}.{name}"))
        return cache

    return create_connection
