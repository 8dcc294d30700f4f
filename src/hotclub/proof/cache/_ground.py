"""What a proof stands on beside files: each part as one digest, so that it can be said which part
is another one now."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hotclub.workspace import Workspace

_OF_THE_SESSION = re.compile(
    r"_|SHLVL|PWD|OLDPWD|PYENV_DIR|DIRENV_(DIR|DIFF|FILE|WATCHES|IN_ENVRC)|HOME|TMPDIR|TMP|TEMP"
    r"|TERM(_PROGRAM(_VERSION)?|_SESSION_ID)?|COLORTERM|COLUMNS"
    r"|LINES|WINDOWID|DISPLAY|WAYLAND_DISPLAY|XAUTHORITY|DBUS_SESSION_BUS_ADDRESS|LS_COLORS|PS[1-4]"
    r"|PROMPT_COMMAND|HIST(FILE|SIZE|FILESIZE|CONTROL|IGNORE|TIMEFORMAT)|TMUX(_PANE)?|STY"
    r"|SSH_(AUTH_SOCK|AGENT_PID|CLIENT|CONNECTION|TTY|ASKPASS)|XDG_(CONFIG|CACHE|DATA|STATE)_HOME"
    r"|XDG_(RUNTIME_DIR|SESSION_.*|SEAT|VTNR|CURRENT_DESKTOP)|VSCODE_.*|PYTEST_CURRENT_TEST"
    r"|GPG_(TTY|AGENT_INFO)|EDITOR|VISUAL|PAGER|LESS(OPEN|CLOSE|CHARSET|HISTFILE)?|MAIL"
)
"""Variables of a terminal and a session, and those that a workspace makes anew."""
Ground = Mapping[str, str]
"""By what it is, in words: a digest."""


def ground(workspace: Workspace) -> Ground:
    """What a proof in this workspace stands on.

    Raises:
        HotclubError: a database's copy cannot be read.
    """
    project = workspace.project
    databases = {f"the database {name}": one for name, one in workspace.contents().items()}
    return {
        "hotclub": _of_tree(workspace.root / "agent"),
        "Python or Django": digest(
            [str(project.python), project.python_version, project.django_version]
            + [sys.version, platform.machine()]
        ),
        "the choice of settings": digest([project.settings, dict(project.environ)]),
        "the environment": digest(_environment(os.environ)),
        "the users described": digest(workspace.users),
        **{what: digest(one) for what, one in databases.items()},
    }


def digest(value: Any) -> str:
    """Of anything that can be written as JSON, or whose parts say what they are."""
    text = json.dumps(value, sort_keys=True, default=repr)
    return hashlib.blake2b(text.encode(), digest_size=20).hexdigest()


def other(before: Ground, now: Ground) -> str:
    """The first part that is not the same; empty if all are."""
    return next((what for what in {**now, **before} if before.get(what) != now.get(what)), "")


def _environment(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environ.items() if not _OF_THE_SESSION.fullmatch(name)}


def _of_tree(top: Path) -> str:
    """Of hotclub as the processes had it: every file of it, built ones too."""
    files = sorted(path for path in top.rglob("*") if path.is_file() and path.suffix != ".pyc")
    found = hashlib.blake2b(digest_size=20)
    for path in files:
        content = path.read_bytes()
        found.update(f"{path.relative_to(top)}\0{len(content)}\0".encode())
        found.update(content)
    return found.hexdigest()
