"""Finding and importing the project's WSGI application."""

from __future__ import annotations

import ast
import importlib
import linecache
import os
import sys
import sysconfig
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hotclub.errors import HotclubError

Application = Callable[..., Any]

SETTINGS = "DJANGO_SETTINGS_MODULE"


class ApplicationError(HotclubError):
    """The project's own code failed while it was imported."""

    exit_code = 3


def load_application(name: str | None, settings: str | None, directory: Path) -> Application:
    """Import ``module:attribute``, or what the Django project in ``directory`` names.

    Without ``name`` the settings' ``WSGI_APPLICATION`` is used, else Django's own
    ``get_wsgi_application()``. ``directory`` comes first on ``sys.path``.

    Raises:
        ApplicationError: the import raised; the message has the project's last frame.
        HotclubError: there is nothing to import.
    """
    path = str(directory)
    if path not in sys.path:
        sys.path.insert(0, path)
    if settings:
        os.environ[SETTINGS] = settings
    if name:
        return _callable(name, _guarded(_import_named, name))
    os.environ.setdefault(SETTINGS, _settings_of(directory))
    return _callable("the project's WSGI application", _guarded(_import_django))


def _settings_of(directory: Path) -> str:
    """The settings module that the directory's ``manage.py`` sets as its default."""
    manage = directory / "manage.py"
    try:
        tree = ast.parse(manage.read_bytes())
    except FileNotFoundError:
        raise HotclubError(
            f"{SETTINGS} is not set and no manage.py was found in {directory};"
            " pass --settings or module:application"
        ) from None
    except (SyntaxError, ValueError) as error:
        raise HotclubError(f"cannot read {manage}: {error}") from None
    for node in ast.walk(tree):
        value = _setdefault_value(node)
        if value:
            return value
    raise HotclubError(f"{manage} does not set {SETTINGS}; pass --settings")


def _setdefault_value(node: ast.AST) -> str | None:
    """``x`` of ``….setdefault("DJANGO_SETTINGS_MODULE", "x")`` or ``environ[…] = "x"``."""
    key: ast.expr | None = None
    value: ast.expr | None = None
    if isinstance(node, ast.Call) and len(node.args) == 2:
        key, value = node.args
    elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
        key, value = node.targets[0].slice, node.value
    if not (isinstance(key, ast.Constant) and key.value == SETTINGS):
        return None
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else None


def _import_named(name: str) -> Any:
    module, _, expression = name.partition(":")
    found: Any = importlib.import_module(module)
    attribute, arguments, keywords = _parse_call(expression or "application")
    for part in attribute.split("."):
        found = getattr(found, part)
    return found if arguments is None else found(*arguments, **keywords)


def _parse_call(expression: str) -> tuple[str, list[Any] | None, dict[str, Any]]:
    """``make(3, debug=True)``, a factory called with literals; a plain name has no arguments."""
    if "(" not in expression:
        return expression, None, {}
    try:
        call = ast.parse(expression, mode="eval").body
        if not isinstance(call, ast.Call):
            raise ValueError("it is not a call")
        arguments = [ast.literal_eval(each) for each in call.args]
        keywords = {str(each.arg): ast.literal_eval(each.value) for each in call.keywords}
    except (SyntaxError, ValueError) as error:
        raise HotclubError(
            f"{expression!r} is neither an attribute nor a call with literals: {error}"
        ) from None
    return ast.unparse(call.func), arguments, keywords


def _import_django() -> Any:
    from django.conf import settings

    name = getattr(settings, "WSGI_APPLICATION", None)
    if name:
        module, _, attribute = name.rpartition(".")
        return _import_named(f"{module}:{attribute}")
    from django.core.wsgi import get_wsgi_application

    return get_wsgi_application()


def _guarded(function: Callable[..., Any], *arguments: str) -> Any:
    try:
        return function(*arguments)
    except HotclubError:
        raise
    except (Exception, SystemExit) as error:
        raise ApplicationError(explain(error, "the application cannot be imported")) from error


def _callable(name: str, found: Any) -> Application:
    if not callable(found):
        kind = type(found).__name__
        raise ApplicationError(f"{name} is a {kind}, not a WSGI application (a callable)")
    application: Application = found
    return application


def explain(error: BaseException, what: str) -> str:
    """What failed and the error in one line, then the frame of the user's code it came from."""
    text = "".join(traceback.format_exception_only(type(error), error)).strip()
    lines = [f"{what}: {text.splitlines()[-1]}"]
    frame = _last_own_frame(error)
    if isinstance(error, SyntaxError) and error.filename:
        lines.append(f'  File "{error.filename}", line {error.lineno}')
        lines.append(f"    {(error.text or '').strip()}")
    elif frame is not None:
        lines.append(f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}')
        lines.append(f"    {linecache.getline(frame.filename, frame.lineno or 0).strip()}")
    return "\n".join(lines)


def _last_own_frame(error: BaseException) -> traceback.FrameSummary | None:
    """The innermost frame outside the standard library, site-packages and hotclub."""
    paths = sysconfig.get_paths()
    foreign = (paths["purelib"], paths["platlib"], paths["stdlib"], "<frozen")
    own = str(Path(__file__).parent.parent)
    frames = traceback.extract_tb(error.__traceback__)
    for frame in reversed(frames):
        if not frame.filename.startswith((*foreign, own)):
            return frame
    return frames[-1] if frames and not frames[-1].filename.startswith(own) else None
