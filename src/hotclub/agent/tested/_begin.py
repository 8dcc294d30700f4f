"""The start of a process that tests may run in, before any of the project's code."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from types import ModuleType
from typing import Any

from hotclub.agent import recorder
from hotclub.agent.recorder._hooks import ImportHook, Patches
from hotclub.agent.tested import _children, _databases, _unittest
from hotclub.agent.worker import _guarded, _paths, _redirect


def begin() -> None:
    """Guard this process, have its settings redirected when they are read, record its requests."""
    with open(os.environ["HOTCLUB_AGENT_CONFIG"], encoding="utf-8") as file:
        config: dict[str, Any] = json.load(file)
    _guarded.install()
    _paths.move(config["moves"])

    def patch_settings(module: ModuleType, patches: Patches) -> None:
        patches.wrap(module.LazySettings, "_setup", _then_redirect(config))
        patches.wrap(module.LazySettings, "configure", _then_redirect(config))

    patchers = {
        "django.conf": patch_settings,
        "django.db.utils": _databases.refusing(config),
        **_unittest.PATCHERS,
    }
    ImportHook(patchers, Patches()).install()
    _children.complete()
    recording = recorder.Config.from_environment(dict(os.environ))
    if recording is not None:
        recorder.install(replace(recording, own_crawl=True, interval=recorder.BY_HAND))
        recorder.label_others(_unittest.label(""))


def _then_redirect(config: dict[str, Any]) -> Callable[[Callable[..., None]], Any]:
    def make(original: Callable[..., None]) -> Callable[..., None]:
        @wraps(original)
        def read(settings: Any, *args: Any, **kwargs: Any) -> None:
            original(settings, *args, **kwargs)
            try:
                with warnings.catch_warnings():  # of old settings, which are all looked at
                    warnings.simplefilter("ignore")
                    _redirect.redirect(settings, config, _databases.redirect)
            except Exception as error:  # Django would go on with settings that are half turned
                raise SystemExit(
                    f"hotclub: the tests' settings cannot be turned: {error}"
                ) from error

        return read

    return make
