"""Bringing the project's settings and apps up, as ``manage.py`` would, without running a command.

``manage.py`` is run up to the point where it hands over to Django: what it puts into the
environment and on the search path (``.env`` files, an ``apps`` directory) belongs to the project.
"""

from __future__ import annotations

import os
import runpy
import sys
import traceback
from typing import Any

from hotclub.agent.worker._errors import Failure, describe, failure


class _HandedOver(BaseException):
    """``manage.py`` has come to the point where Django takes over."""


def load_settings(config: dict[str, Any]) -> Any:
    """Import the project's settings and return Django's settings object."""
    tree = config["tree"]
    try:
        import django.conf
        import django.core.management
    except Exception as error:
        raise Failure(describe("import", error, tree, "Django cannot be imported")) from error
    if config["manage_py"]:
        _run_manage_py(os.path.join(tree, config["manage_py"]), django.core.management)
    module = os.environ["DJANGO_SETTINGS_MODULE"] = config["settings"]
    settings = django.conf.settings
    try:
        if not settings.configured:
            settings._setup()
    except BaseException as error:
        raise Failure(_settings_error(error, module, tree)) from error
    return settings


def set_up(config: dict[str, Any]) -> None:
    """Load the apps, the models, the URLconf and the WSGI application."""
    import django

    tree = config["tree"]
    try:
        django.setup()
        from django.urls import get_resolver

        _import_urls(get_resolver())
    except BaseException as error:
        raise Failure(_import_error(error, tree)) from error


def application(config: dict[str, Any]) -> Any:
    """The project's own WSGI application."""
    from django.core.servers.basehttp import get_internal_wsgi_application

    try:
        return get_internal_wsgi_application()
    except BaseException as error:
        message = "the project's WSGI application cannot be loaded"
        raise Failure(
            describe("import", error.__cause__ or error, config["tree"], message)
        ) from error


def _run_manage_py(path: str, management: Any) -> None:
    def hand_over(*args: Any, **kwargs: Any) -> None:
        raise _HandedOver

    original = management.execute_from_command_line
    arguments, sys.argv = sys.argv, [path, "check"]
    management.execute_from_command_line = hand_over
    try:
        runpy.run_path(path, run_name="__main__")
    except _HandedOver:
        pass
    except BaseException:
        traceback.print_exc()
    finally:
        management.execute_from_command_line = original
        sys.argv = arguments
        sys.argv[0] = path


def _settings_error(error: BaseException, module: str, tree: str) -> dict[str, Any]:
    if isinstance(error, ModuleNotFoundError) and _names(module, error.name):
        known = " and ".join(sorted({tree and "the project's directory", "the search path"}))
        return failure(
            "settings",
            f"the settings module {module} was not found in {known}; pass --settings",
        ).error
    if isinstance(error, SystemExit):
        return describe("settings", error, tree, f"the settings {module} ended the process")
    return describe("import", error, tree, f"the settings {module} cannot be imported")


def _names(module: str, missing: str | None) -> bool:
    return bool(missing) and (module == missing or module.startswith(f"{missing}."))


def _import_error(error: BaseException, tree: str) -> dict[str, Any]:
    if isinstance(error, SystemExit):
        return describe("import", error, tree, "the project ended the process while starting")
    return describe("import", error, tree, "the project cannot be imported")


def _import_urls(resolver: Any) -> None:
    for pattern in resolver.url_patterns:
        if hasattr(pattern, "url_patterns"):
            _import_urls(pattern)


def django_version() -> str:
    """Django's version, as it says it."""
    import django

    return str(django.get_version())


def facts(settings: Any, tree: str) -> dict[str, Any]:
    """What the driver wants to know about a project that is up."""
    from django.apps import apps

    from hotclub.agent.worker._hosts import host_of, scheme_of

    configs = list(apps.get_app_configs())
    own = [config.label for config in configs if str(config.path).startswith(tree + os.sep)]
    return {
        "apps": [config.label for config in configs],
        "project_apps": own,
        "hosts": list(settings.ALLOWED_HOSTS),
        "host": host_of(settings),
        "scheme": scheme_of(settings),
        "urlconf": str(settings.ROOT_URLCONF),
        "debug": bool(settings.DEBUG),
    }
