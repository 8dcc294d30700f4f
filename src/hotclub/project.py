"""Finding a Django project without importing any of it.

``manage.py`` is read with :mod:`ast`; the one process started is the project's own
interpreter, asked for its version and Django's.
"""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hotclub.errors import HotclubError

_ENVIRONMENTS = (".venv", "venv", "env")
_SKIPPED = frozenset({*_ENVIRONMENTS, "node_modules", "site-packages", "__pycache__"})
_VERSIONS = (
    "import json, sys, django;"
    "print(json.dumps(['.'.join(map(str, sys.version_info[:3])), django.get_version()]))"
)
_PYTHON_TIMEOUT = 60.0


@dataclass(frozen=True)
class Project:
    """A Django project on disk and what runs it.

    ``root`` is absolute: the directory of ``manage.py``, or the one that was named when there
    is none. ``environ`` holds what ``manage.py`` puts into the environment by
    ``os.environ.setdefault``. ``python`` is the project's own interpreter.
    """

    root: Path
    settings: str
    python: Path
    manage_py: Path | None = None
    environ: Mapping[str, str] = field(default_factory=dict)
    python_version: str = ""
    django_version: str = ""

    @classmethod
    def find(
        cls,
        directory: str | os.PathLike[str] = ".",
        settings: str | None = None,
        python: str | os.PathLike[str] | None = None,
    ) -> Project:
        """Find the project in or around ``directory``.

        Settings are taken from ``settings``, else the environment's
        ``DJANGO_SETTINGS_MODULE``, else ``manage.py``. The interpreter is ``python``, else
        ``VIRTUAL_ENV``'s, else that of a virtual environment in the project or a directory
        above it, else the running one.

        Raises:
            HotclubError: no such directory, no settings, no interpreter with Django.
        """
        start = Path(directory).expanduser().resolve()
        if not start.is_dir():
            raise HotclubError(f"{directory} is not a directory; name the project's directory")
        manage_py = _find_manage_py(start)
        root = manage_py.parent if manage_py else start
        environ = _defaults_of(manage_py) if manage_py else {}
        module = (
            settings
            or os.environ.get("DJANGO_SETTINGS_MODULE")
            or environ.get("DJANGO_SETTINGS_MODULE")
        )
        if not module:
            raise HotclubError(_no_settings(start, manage_py))
        interpreter = _find_python(root, python)
        versions = _versions(interpreter)
        return cls(root, module, interpreter, manage_py, environ, *versions)


def _no_settings(start: Path, manage_py: Path | None) -> str:
    if manage_py is None:
        return (
            f"DJANGO_SETTINGS_MODULE is not set and no manage.py was found in {start}; "
            "pass --settings"
        )
    return f"DJANGO_SETTINGS_MODULE is not set and {manage_py} names none; pass --settings"


def _find_manage_py(start: Path) -> Path | None:
    """``manage.py`` here, in the one directory below that has it, or in one above."""
    if (start / "manage.py").is_file():
        return start / "manage.py"
    below = sorted(_below(start, depth=2))
    if len(below) > 1:
        named = ", ".join(str(path.parent.relative_to(start)) for path in below)
        raise HotclubError(f"{start} holds several projects ({named}); name one of them")
    if below:
        return below[0]
    for parent in start.parents:
        if (parent / "manage.py").is_file():
            return parent / "manage.py"
        if (parent / ".git").exists():
            break
    return None


def _below(directory: Path, depth: int) -> Iterator[Path]:
    try:
        entries = [entry for entry in os.scandir(directory) if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return
    for entry in entries:
        if entry.name in _SKIPPED or entry.name.startswith("."):
            continue
        if os.path.isfile(os.path.join(entry.path, "manage.py")):
            yield Path(entry.path, "manage.py")
        elif depth > 1:
            yield from _below(Path(entry.path), depth - 1)


def _defaults_of(manage_py: Path) -> dict[str, str]:
    """What ``manage.py`` sets: ``os.environ.setdefault(a, b)`` and ``os.environ[a] = b``."""
    try:
        tree = ast.parse(manage_py.read_bytes(), str(manage_py))
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        raise HotclubError(f"{manage_py}, line {line}, is not valid Python: {error}") from None
    except OSError as error:
        raise HotclubError(f"{manage_py} cannot be read: {error.strerror}") from None
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Call(
                func=ast.Attribute(attr="setdefault"),
                args=[ast.Constant(value=str(name)), ast.Constant(value=str(value))],
            ):
                found.setdefault(name, value)
            case ast.Assign(
                targets=[ast.Subscript(slice=ast.Constant(value=str(name)))],
                value=ast.Constant(value=str(value)),
            ):
                found.setdefault(name, value)
    return found


def _find_python(root: Path, python: str | os.PathLike[str] | None) -> Path:
    if python is not None:
        given = Path(os.path.abspath(os.path.expanduser(python)))
        if not os.access(given, os.X_OK) or given.is_dir():
            raise HotclubError(f"--python {python} is not an executable file")
        return given
    for environment in _environments(root):
        candidate = environment / "bin" / "python"
        if os.access(candidate, os.X_OK):
            return candidate
    return Path(sys.executable)


def _environments(root: Path) -> Iterator[Path]:
    active = os.environ.get("VIRTUAL_ENV")
    if active:
        yield Path(active)
    for name in _ENVIRONMENTS:
        yield root / name
    for parent in root.parents:
        yield parent / ".venv"
        if (parent / ".git").exists():
            return


def _versions(python: Path) -> tuple[str, str]:
    """Version of the interpreter and of Django in it."""
    try:
        done = subprocess.run(
            [python, "-c", _VERSIONS],
            capture_output=True,
            text=True,
            timeout=_PYTHON_TIMEOUT,
            cwd="/",
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise HotclubError(f"the interpreter {python} does not run: {error}") from None
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no output"])[-1]
        raise HotclubError(
            f"Django cannot be imported by {python} ({last}); "
            "activate the project's virtual environment or pass --python"
        )
    python_version, django_version = json.loads(done.stdout.strip().splitlines()[-1])
    return python_version, django_version
