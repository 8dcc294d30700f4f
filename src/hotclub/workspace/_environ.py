"""The environment that a child starts in.

The user's own is kept, since settings read it; what points out of the workspace is redirected:
home, temporary and XDG directories, paths into the project's tree, and the addresses of
databases, caches and brokers that settings usually take from it.
"""

from __future__ import annotations

import os
import re
import site
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hotclub.project import Project
from hotclub.workspace import _agent
from hotclub.workspace._databases import Clones

_DROPPED = ("PYTHONHOME", "PYTHONSTARTUP", "PYTHONINSPECT", "PYTHONSAFEPATH", "PYTHONPYCACHEPREFIX")
_KEPT_PATHS = frozenset({"PATH", "PWD", "OLDPWD", "VIRTUAL_ENV", "PYTHONPATH", "LD_LIBRARY_PATH"})
_ADDRESSES = {
    "CACHE_URL": "locmemcache://",
    "EMAIL_URL": "dummymail://",
    "CELERY_BROKER_URL": "memory://",
    "CELERY_RESULT_BACKEND": "cache+memory://",
    "BROKER_URL": "memory://",
}
_XDG = {
    "XDG_CONFIG_HOME": ".config",
    "XDG_CACHE_HOME": ".cache",
    "XDG_DATA_HOME": ".local/share",
    "XDG_STATE_HOME": ".local/state",
    "XDG_RUNTIME_DIR": ".run",
}


_SEED = 20220104


def config_of(project: Project, tree: Path, moves: tuple[Path, Path], run: Path) -> dict[str, Any]:
    """What the agent of every child in ``run`` is told, whatever else."""
    return {
        "settings": project.settings,
        "manage_py": "manage.py" if project.manage_py else None,
        "root": str(project.root),
        "tree": str(tree),
        "moves": [str(path) for path in moves],
        "run": str(run),
        "home": str(Path.home()),
        "seed": _SEED,
    }


def for_child(
    environ: Mapping[str, str],
    project: Project,
    workspace: Path,
    moves: tuple[Path, Path],
    run: Path,
    clones: Clones,
    writable: Sequence[Path] = (),
) -> dict[str, str]:
    """The environment of one child in ``run``; what ``moves`` away from is where it moves to."""
    agent = workspace / "agent"
    child = {
        name: value if name in _KEPT_PATHS else in_copy(value, *moves)
        for name, value in environ.items()
        if name not in _DROPPED
    }
    for name, value in project.environ.items():
        child.setdefault(name, value)
    child.update(_directories(environ, run))
    child.update({name: value for name, value in _ADDRESSES.items() if child.get(name)})
    for name, new in clones.environ.items():
        if new is None:
            child.pop(name, None)
        else:
            child[name] = new
    child.update(
        DJANGO_SETTINGS_MODULE=project.settings,
        HOTCLUB_AGENT_CONFIG=str(run / "config.json"),
        PYTHONBREAKPOINT="0",
        PYTHONDONTWRITEBYTECODE="1",
        PYTHONHASHSEED="0",
        PYTHONPATH=_python_path(environ.get("PYTHONPATH", ""), agent, project.root, moves),
        PYTHONUNBUFFERED="1",
        HOTCLUB_GUARD_ALLOW=",".join(clones.allow),
        HOTCLUB_GUARD_LOG=str(workspace / "guard.log"),
        HOTCLUB_GUARD_WRITE=os.pathsep.join(map(str, (workspace, *writable))),
    )
    guard = _agent.guard(agent)
    if guard is not None:
        child["LD_PRELOAD"] = " ".join(filter(None, (str(guard), environ.get("LD_PRELOAD"))))
    return child


def in_copy(value: str, root: Path, tree: Path) -> str:
    """``value`` with paths into the user's tree replaced by those in the copy that exist."""
    if str(root) not in value or root == Path(root.anchor):
        return value

    def replace(match: re.Match[str]) -> str:
        copied = f"{tree}{match[1]}"
        return copied if os.path.lexists(copied) else match[0]

    return re.sub(re.escape(str(root)) + r"((?:/[^\s:;,?#]*)?)(?![\w.-])", replace, value)


def _directories(environ: Mapping[str, str], run: Path) -> dict[str, str]:
    home, temporary = str(run / "home"), str(run / "tmp")
    made = {"HOME": home, "TMPDIR": temporary, "TMP": temporary, "TEMP": temporary}
    made |= {name: os.path.join(home, part) for name, part in _XDG.items()}
    made["PYTHONUSERBASE"] = environ.get("PYTHONUSERBASE") or site.getuserbase()
    return made


def _python_path(value: str, agent: Path, root: Path, moves: tuple[Path, Path]) -> str:
    given = [in_copy(str(root / part), *moves) for part in value.split(os.pathsep) if part]
    return os.pathsep.join([str(agent), *given])
