"""The workspace: where everything is, and how a child is started in it.

<workspace>/
  lock             held while the workspace is in use
  agent/hotclub/   this package, for the project's interpreter
  trees/<name>/    copies of the project's tree; ``main`` is the pristine one
  master/          one copy of each database, made once
  runs/<name>-<n>/ one child: its databases, home, media, temporary files, log
  recordings/      for recordings
  guard.log        what the guard refused
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from hotclub.errors import HotclubError
from hotclub.project import Project
from hotclub.workspace import _agent, _clone, _copy, _environ, _guard_log, _home, _media, _settings
from hotclub.workspace._child import START_TIMEOUT, Child
from hotclub.workspace._children import Children
from hotclub.workspace._command import Room, booted
from hotclub.workspace._databases import NO_CLONES, Clones, Databases, write_own
from hotclub.workspace._layout import Layout
from hotclub.workspace._manifest import Manifest
from hotclub.workspace._migrated import Masters
from hotclub.workspace._reads import Noted
from hotclub.workspace._runs import Runs
from hotclub.workspace._site import Site, headers_of
from hotclub.workspace.sampling import Wanted

Progress = Callable[[str], None]


class Workspace:
    """A copy of a project with everything it could touch. A context manager.

    Attributes:
        project: the project copied.
        root: the workspace's directory; removed by :meth:`close` unless kept.
        tree: the pristine copy of the project's tree.
        settings: what the probe read from the project's settings.
        notes: what could not be copied, in words.
        noted: what children read, where that is noted.
        users: by name, users that children log in as beside those they pick themselves; what
            describes one is in ``docs/exercise.md``.
    """

    def __init__(self, project: Project, root: Path, notes: list[str]) -> None:
        self.project = project
        self.root = root
        self.notes = notes
        self.settings: dict[str, Any] = {}
        self.users: Mapping[str, Any] = {}
        self._layout = Layout.of(project.root)
        self.tree = self._layout.place(root / "trees" / "main")
        self.noted = Noted(root, self._layout)
        self._databases = Databases(root / "master", None)
        self._media: Path | None = None
        self._manifest: Manifest | None = None
        self._checked = False
        self._runs = Runs(root / "runs")
        self._children = Children()
        self._home: _home.Home | None = None

    @classmethod
    def create(
        cls,
        project: Project,
        progress: Progress | None = None,
        *,
        keep: bool = False,
        size_limit: int = _copy.SIZE_LIMIT,
        sample: Wanted | None = None,
    ) -> Workspace:
        """Copy the project's tree and databases and read its settings.

        ``progress`` is told in words what is being done. With ``keep`` the directory stays when
        the workspace is closed. ``size_limit`` bounds the tree's copy, in bytes. With ``sample``
        databases are sampled instead of copied, those that are too big or all.

        Raises:
            HotclubError: the tree is too large, a database cannot be copied.
            AgentError: the project's settings cannot be read.
        """
        tell = progress or (lambda _: None)
        home = _home.Home.make(keep)
        workspace = cls(project, home.path, [])
        workspace._home = home
        try:
            workspace._fill(tell, size_limit, sample)
        except BaseException:
            workspace.close()
            raise
        return workspace

    def path(self, *parts: str) -> Path:
        """A path in the workspace, its directory made."""
        path = self.root.joinpath(*parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def branch(self, name: str, sources: Mapping[str, str]) -> Path:
        """Another copy of the tree, with these files (paths relative to it) replaced."""
        top = self.root / "trees" / name
        if top.exists():
            raise HotclubError(f"the workspace already has a tree named {name!r}")
        tree = self._layout.place(top)
        _copy.copy_tree(self.tree, tree, _copy.SIZE_LIMIT)
        self._layout.link_siblings(top)
        for relative, source in sources.items():
            target = tree / relative
            if not target.resolve().is_relative_to(tree.resolve()):
                raise HotclubError(f"{relative} is outside the project; nothing was written")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.encode())
        return tree

    def child(
        self,
        tree: Path | None = None,
        run: str = "run",
        recording: Path | None = None,
        depth: str | None = None,
        analyze: bool = False,
        masters: Masters | None = None,
    ) -> Child:
        """Start the project in a fresh process, on a fresh clone of its databases or ``masters``.

        ``recording`` names the file that a recording of this ``depth`` (``deep`` or ``light``)
        goes to. With ``analyze`` the clones have had ``ANALYZE``; those on servers also where
        milliseconds are measured (``light``, recorded or not), as production has them.

        Raises:
            AgentError: the project does not start; it says why, on the project's own line.
        """
        tree = tree or self.tree
        directory = self._runs.make(run)
        clones = self._databases.clone(directory, analyze, depth == "light", masters)
        config = self._redirected(tree, directory, clones)
        if recording is not None:
            config["recording"] = {"path": str(recording), "depth": depth or "deep"}
        writable = [] if recording is None else [recording.parent]
        child = self._start(tree, directory, config, writable, clones, drops=True)
        try:
            child.start()
        except BaseException:
            child.kill()
            raise
        self._checked = True
        return child

    def site(self, tree: Path | None = None, run: str = "site", users: Sequence[str] = ()) -> Site:
        """What a server needs to serve the copy, on a fresh clone of the databases.

        ``users`` (``"user"``, ``"staff"``, and those described) are logged in beforehand.
        """
        tree = tree or self.tree
        directory = self._runs.make(run)
        clones = self._databases.clone(directory, analyze=False, timed=True)
        config = self._redirected(tree, directory, clones)
        with self._start(tree, directory, config, clones=clones) as child:
            child.start()
            headers = headers_of(child, users)
            host = child.setup["host"]
        environ = self._environ(tree, directory, config, clones)
        return Site(tree, directory, environ, host, headers)

    def room(self, run: str, **config: Any) -> Room:
        """Where a command of the project's own can run, which may write into its tree too.

        ``config`` is for the agent in the command's Python processes.
        """
        directory = self._runs.make(run)
        tree = self.branch(directory.name, {})
        clones = self._databases.clone(directory, analyze=False)
        redirected = {**self._redirected(tree, directory, clones), **config}
        environ = self._environ(tree, directory, redirected, clones)
        environ = booted(environ, self.root, self.project.python)
        return Room(tree, directory, environ, partial(self._databases.drop, clones))

    @property
    def samples(self) -> list[str]:
        """In words, the databases of which there is a sample only: less than the original shows."""
        return list(map(str, self._databases.samples))

    def contents(self) -> dict[str, str]:
        """Digests of what the databases' copies hold, by alias; raises HotclubError."""
        return self._databases.contents()

    def refusals(self) -> list[str]:
        """What the guard refused so far, each once: ``connect 192.0.2.1:80``, ``open /etc/x``."""
        return _guard_log.refusals(self.root / "guard.log", *self._databases.guard_logs)

    def untouched(self) -> list[str]:
        """What changed in the user's tree, databases, media and home since :meth:`create`.

        An empty list means: all as before, byte for byte as far as the manifest reaches (its
        bounds are in :mod:`hotclub.workspace._manifest`).
        """
        changed = [] if self._manifest is None else self._manifest.changes()
        return [*changed, *self._databases.changes()]

    def close(self) -> None:
        """Kill the children that are left and remove the directory."""
        self._children.kill()
        self._databases.close()
        if self._home is not None:
            self._home.remove()

    def __enter__(self) -> Workspace:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _fill(self, tell: Progress, size_limit: int, sample: Wanted | None) -> None:
        for name in ("master", "runs", "recordings"):
            (self.root / name).mkdir()
        tell("taking stock of the project")
        self._manifest = Manifest.of(self.project.root, self.root)
        tell("copying the project")
        copied = _copy.copy_tree(self.project.root, self.tree, size_limit)
        self._layout.link_siblings(self.root / "trees" / "main")
        self.notes += copied.notes
        _agent.install(self.root / "agent")
        tell("reading the project's settings")
        paths = self._probe()
        tell("copying the databases")
        self._media = self.noted.media = _settings.media_root(self.settings, paths)
        self._manifest.add_directory(self._media)
        self._databases = Databases(self.root / "master", _agent.guard(self.root / "agent"), sample)
        self.notes += self._databases.copy(self.settings, paths, self._manifest, tell)
        files = self._databases.files
        self.notes += _clone.others(copied.databases, files, self.project.root, self.tree)

    def _probe(self) -> _settings.Paths:
        run = self._runs.make("probe")
        with self._start(self.tree, run, self._config(self.tree, run)) as child:
            self.settings = child.call("probe", timeout=START_TIMEOUT)
        return _settings.Paths(self._layout, self.root / "trees" / "main", run / "home")

    def _redirected(self, tree: Path, directory: Path, clones: Clones) -> dict[str, Any]:
        return {
            **self._config(tree, directory),
            "databases": clones.settings,
            "dropped_options": clones.dropped,
            "media": self._link_media(directory),
            "users": dict(self.users),
            "migrations": not self._checked,
        }

    def _config(self, tree: Path, directory: Path) -> dict[str, Any]:
        return _environ.config_of(self.project, tree, self._layout.moves(tree), directory)

    def _link_media(self, run: Path) -> str:
        """A child's own media directory: links to the copies, or to files outside the tree."""
        source = self._media
        if source and source.is_relative_to(self.project.root):
            source = self.tree / source.relative_to(self.project.root)
        self.notes += _media.link_media(source, run / "media")
        return str(run / "media")

    def _start(
        self,
        tree: Path,
        run: Path,
        config: Mapping[str, Any],
        writable: Sequence[Path] = (),
        clones: Clones = NO_CLONES,
        *,
        drops: bool = False,
    ) -> Child:
        environ = self._environ(tree, run, config, clones, writable)
        command = [str(self.project.python), "-m", "hotclub.agent"]
        at_end = partial(self._databases.drop, clones if drops else NO_CLONES)
        child = Child(command, environ, self.root / "agent", run, tree, at_end)
        self._children.add(child)
        return child

    def _environ(
        self,
        tree: Path,
        run: Path,
        config: Mapping[str, Any],
        clones: Clones,
        writable: Sequence[Path] = (),
    ) -> dict[str, str]:
        write_own(run / "config.json", json.dumps(config))
        environ = _environ.for_child(
            os.environ, self.project, self.root, self._layout.moves(tree), run, clones, writable
        )
        return environ | self.noted.environ(run)
