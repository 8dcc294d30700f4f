"""Starting and ending a recording in this process."""

from __future__ import annotations

import atexit
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from . import (
    _cursor,
    _outbound,
    _places,
    _prefetch,
    _queries,
    _reads,
    _refreshes,
    _relations,
    _requests,
    _spans,
    _templates,
    _touches,
    _undone,
    _uses,
    _writes,
)
from ._config import Config
from ._hooks import ImportHook, Patcher, Patches
from ._ring import Ring
from ._state import current
from ._writer import Writer


class Recorder:
    """A recording in progress."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self._ring = Ring(config, Writer(config))
        self._patches = Patches()
        self._requests = _requests.Requests(self._ring.put, config)
        self._watcher = _reads.Watcher(self._patches) if config.deep else None
        self._hook = ImportHook(self._patchers(), self._patches)

    def start(self) -> None:
        """Put the patches in."""
        _places.configure(str(self.config.root))
        _reads.configure(self._watcher)
        self._patches.redo()
        self._hook.install()

    def stop(self) -> None:
        """Take the patches out; what has been recorded is written all the same."""
        self._hook.uninstall()
        self._patches.undo()

    def flush(self) -> None:
        """Write what has been recorded so far."""
        self._ring.flush()

    def write_current(self, path: Path, request: Any, response: Any) -> None:
        """Write the request that is being answered here, as far as it has come, to a file of its
        own; its recording goes on. Nothing is written where no request is being answered.
        """
        scope = current.get()
        if scope is None:
            return
        _requests.note_response(scope[0], request, response)
        writer = Writer(replace(self.config, path=path))
        writer.write([scope[0]], len(scope[0].spans))
        writer.close()

    def close(self) -> None:
        """Take the patches out, write the rest and end the recording."""
        self.stop()
        self._ring.close()

    def _patchers(self) -> dict[str, Patcher]:
        def handlers(module: Any, patches: Patches) -> None:
            _spans.patch_handlers(module, patches)
            self._requests.patch_handlers(module, patches)

        def querysets(module: Any, patches: Patches) -> None:
            _queries.patch_queryset(module, patches)
            _prefetch.patch_prefetch(module, patches)
            if self._watcher is not None:
                _uses.patch_queryset(module, patches)

        def models(module: Any, patches: Patches) -> None:
            _refreshes.patch_model(module, patches)
            if self._watcher is not None:
                self._watcher.patch_model(module, patches)
                _writes.patch_model(module, patches)

        more: dict[str, Patcher] = {}
        if self._watcher is not None:
            more["django.db.models.query_utils"] = self._watcher.patch_utils
            more["socket"] = _outbound.patch_socket
            more["django.db.transaction"] = _undone.patch_transaction
        patchers: dict[str, Patcher] = {
            **more,
            "django.core.handlers.base": handlers,
            "django.core.handlers.exception": _requests.patch_errors,
            "django.core.cache": _spans.patch_caches,
            "django.db.models.sql.query": _queries.patch_sql,
            "django.db.models.sql.compiler": _queries.patch_compiler,
            "django.db.models.query": querysets,
            "django.db.models.base": models,
            "django.db.models.fields.related_descriptors": _relations.patch_descriptors,
            "django.contrib.contenttypes.fields": _relations.patch_generic,
            "django.db.backends.utils": _cursor.patch_cursor,
            "django.template.base": _spans.patch_templates,
            "django.template.backends.jinja2": _spans.patch_jinja,
            "jinja2.environment": _templates.patch_jinja,
            "rest_framework.serializers": _spans.patch_serializers,
            "django.db.models.deletion": _spans.patch_deletion,
        }
        return _deeply(patchers) if self.config.deep else patchers


def _deeply(patchers: dict[str, Patcher]) -> dict[str, Patcher]:
    """With the patches that light recordings cannot afford, after the others."""
    more: dict[str, Patcher] = {
        "django.db.models.query": _touches.patch_queryset,
        "django.db.models.base": _touches.patch_model,
        "django.db.models.fields.related_descriptors": _touches.patch_descriptors,
        "django.contrib.contenttypes.fields": _touches.patch_generic,
        "django.contrib.auth.models": _spans.patch_permissions,
    }

    def both(first: Patcher | None, second: Patcher) -> Patcher:
        def patch(module: Any, patches: Patches) -> None:
            if first is not None:
                first(module, patches)
            second(module, patches)

        return patch

    return {**patchers, **{name: both(patchers.get(name), deep) for name, deep in more.items()}}


_active: Recorder | None = None


def install(config: Config | Mapping[str, Any]) -> Recorder:
    """Begin a recording. Best called before `django.setup()`.

    What *config* says is described at :class:`Config`; a mapping has the same names. Raises
    RuntimeError when this process is being recorded already.
    """
    global _active
    if _active is not None:
        raise RuntimeError(f"this process is being recorded already, to {_active.config.path}")
    if not isinstance(config, Config):
        config = Config(**config)
    recorder = Recorder(config)
    recorder.start()
    _active = recorder
    atexit.register(uninstall)
    return recorder


def active() -> Recorder | None:
    """The recording in progress in this process, if there is one."""
    return _active


def flush() -> None:
    """Write what has been recorded so far, if something is being recorded."""
    if _active is not None:
        _active.flush()


def uninstall() -> None:
    """End the recording, if there is one, and leave Django as it was."""
    global _active
    recorder, _active = _active, None
    if recorder is not None:
        atexit.unregister(uninstall)
        recorder.close()
