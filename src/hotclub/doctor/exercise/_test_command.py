"""How a project's tests are run: by pytest where that is set up, else by ``manage.py test``."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

from hotclub.errors import HotclubError
from hotclub.project import Project

_SIGNS = {
    "pytest.ini": "[pytest]",
    ".pytest.ini": "[pytest]",
    "pyproject.toml": "[tool.pytest",
    "setup.cfg": "[tool:pytest]",
    "tox.ini": "[pytest]",
}
"""Files that pytest reads its settings from, and what stands in them then."""
_APART = (
    "tox",
    "nox",
    "env",
    "sudo",
    "su",
    "docker",
    "docker-compose",
    "podman",
    "ssh",
    "systemd-run",
)
_HAS_PYTEST = "import importlib.util as u, sys; sys.exit(u.find_spec('pytest') is None)"


def split(text: str) -> tuple[str, ...]:
    """A command as it is written on one line; no shell reads it.

    Raises:
        HotclubError: it is empty, or has a quotation mark too few.
    """
    try:
        words = tuple(shlex.split(text))
    except ValueError as error:
        raise HotclubError(f"--tests-command {text}: {error}") from None
    if not words:
        raise HotclubError("--tests-command is empty; expected a command, such as pytest shop")
    if os.path.basename(words[0]) in _APART:
        raise HotclubError(
            f"--tests-command {words[0]}: it runs the tests in an environment of its own, out of "
            "the guard; name what it calls, such as pytest shop"
        )
    return words


def command_for(project: Project, given: tuple[str, ...]) -> tuple[str, ...]:
    """The command, in the project's interpreter; empty where nothing says how to test it."""
    python = str(project.python)
    if given:
        name, *rest = given
        return (python, *rest) if name in ("python", "python3") else given
    configured = any(any(_settings_of_pytest(one)) for one in _directories(project.root))
    if configured and _has_pytest(project.python):
        return (python, "-m", "pytest", "--continue-on-collection-errors")
    return (python, "manage.py", "test", "--noinput") if project.manage_py else ()


def chooses_settings(project: Project, command: tuple[str, ...]) -> bool:
    """Whether the command finds settings for itself, those of ``manage.py`` or for tests alone,
    so that the environment need not, and must not, name any."""
    if project.settings != project.environ.get("DJANGO_SETTINGS_MODULE"):
        return False  # somebody has named others
    texts = (text for one in _directories(project.root) for text in _settings_of_pytest(one))
    by_manage_py = any(word.endswith("manage.py") for word in command)
    return by_manage_py or any("DJANGO_SETTINGS_MODULE" in text for text in texts)


def _directories(root: Path) -> list[Path]:
    """The project's directory and those above it in its repository, if it is in one."""
    found = [root, *root.parents]
    tops = [number for number, one in enumerate(found) if (one / ".git").exists()]
    return found[: tops[0] + 1] if tops else found[:1]


def _settings_of_pytest(directory: Path) -> Iterator[str]:
    """The files there that set pytest up."""
    for name, sign in _SIGNS.items():
        try:
            text = (directory / name).read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        if sign in text:
            yield text


def _has_pytest(python: Path) -> bool:
    environ = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        return not subprocess.run([python, "-c", _HAS_PYTEST], env=environ, timeout=60).returncode
    except (OSError, subprocess.TimeoutExpired):
        return False
