"""What all projects need: a directory in the cache, an interpreter, a fresh git repository."""

from __future__ import annotations

import hashlib
import importlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from hotclub.project import Project

NAMES = ("spirit", "label-studio", "wagtail", "pretix")
"""Smallest first."""

_HERE = Path(__file__).resolve().parent
_CACHED = "__pycache__/\n*.pyc\n*.sqlite3\n*.log\n"


@dataclass(frozen=True)
class Prepared:
    """A project that can be run."""

    name: str
    directory: Path
    """What is hotclub's to use in the cache, for results."""
    root: Path
    python: Path
    environ: Mapping[str, str]
    made: str
    """Changes with whatever the checkout and its data are made of."""

    @contextmanager
    def running(self) -> Iterator[Project]:
        """The project, in the environment that it wants."""
        before = dict(os.environ)
        os.environ.update(self.environ)
        os.environ.pop("DJANGO_SETTINGS_MODULE", None)
        try:
            yield Project.find(self.root, python=self.python)
        finally:
            os.environ.clear()
            os.environ.update(before)


@dataclass
class Kit:
    """The directory of one project, and what is done in it."""

    name: str
    directory: Path
    environ: dict[str, str] = field(default_factory=dict)
    manage: str = "manage.py"
    """From ``tree``."""

    @property
    def tree(self) -> Path:
        """The git repository."""
        return self.directory / "tree"

    @property
    def site(self) -> Path:
        """Files of ours that go into the checkout."""
        return _HERE / "sites" / self.name

    @property
    def python(self) -> Path:
        return self.directory / "venv" / "bin" / "python"

    @property
    def installed(self) -> Path:
        """Where pip puts packages."""
        found = sorted((self.directory / "venv" / "lib").glob("python3*/site-packages"))
        return found[0]

    def run(self, *words: str | Path, stdin: str | None = None, cwd: Path | None = None) -> str:
        """A command in the project's environment; what it printed.

        Raises SystemExit, with the end of what it said, when it fails.
        """
        path = f"{self.python.parent}:{os.environ['PATH']}"
        done = subprocess.run(
            [str(word) for word in words],
            cwd=cwd or self.tree, input=stdin, text=True,
            env={**os.environ, **self.environ, "PATH": path, "VIRTUAL_ENV": ""},
            capture_output=True,
        )  # fmt: skip
        if done.returncode:
            said = "\n".join((done.stdout + done.stderr).splitlines()[-20:])
            raise SystemExit(f"truth: {self.name}: {' '.join(map(str, words))} failed:\n{said}")
        return done.stdout

    def django(self, *words: str, stdin: str | None = None) -> str:
        """``manage.py`` with these words."""
        return self.run(self.python, self.tree / self.manage, *words, stdin=stdin)

    def take(self, package: str) -> None:
        """A package's source into the checkout; what pip installed is put aside for that."""
        aside = self.directory / "source" / package
        if (self.installed / package).is_dir():
            shutil.rmtree(aside, ignore_errors=True)
            aside.parent.mkdir(exist_ok=True)
            shutil.move(self.installed / package, aside)
        shutil.copytree(aside, self.tree / package, ignore=shutil.ignore_patterns("__pycache__"))

    def fill(self) -> None:
        """Migrate, and make the data by the project's own models."""
        self.django("migrate", "-v", "0")
        atomic = "from django.db import transaction\nwith transaction.atomic():\n"
        script = f"    exec(open({str(_data(self.name))!r}).read(), {{}})\n"
        self.django("shell", stdin=atomic + script)

    def commit(self, ignored: str = "") -> None:
        """All that is not data, as the first commit of a repository."""
        (self.tree / ".gitignore").write_text(_CACHED + ignored)
        shutil.rmtree(self.tree / ".git", ignore_errors=True)
        who = ("-c", "user.name=truth", "-c", "user.email=truth@example.org")
        self.run("git", "init", "-q")
        self.run("git", "add", ".")
        self.run("git", *who, "commit", "-q", "-m", self.name)


def prepare(name: str) -> Prepared:
    """The project of this name, made if it is not there or was made by other code than this."""
    module = importlib.import_module(f"truth.projects.{name.replace('-', '_')}")
    kit = Kit(name, cache() / name)
    _environment(kit, module.REQUIREMENTS)
    made = _digest(name, module.REQUIREMENTS)
    stamp = kit.directory / f"made-{made}"
    fresh = not stamp.exists()
    if fresh:
        print(f"truth: making {name} in {kit.directory}", file=sys.stderr, flush=True)
        shutil.rmtree(kit.directory / "home", ignore_errors=True)
    (kit.directory / "home").mkdir(exist_ok=True)
    root: Path = module.build(kit, fresh)
    stamp.touch()
    return Prepared(name, kit.directory, root, kit.python, kit.environ, made)


def cache() -> Path:
    """Where all of it lies."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "hotclub" / "truth"


def _environment(kit: Kit, requirements: tuple[str, ...]) -> None:
    """An interpreter of the project's own, with what it requires."""
    stamp = kit.directory / f"installed-{hashlib.sha256(repr(requirements).encode()).hexdigest()}"
    if stamp.exists():
        return
    kit.directory.mkdir(parents=True, exist_ok=True)
    print(f"truth: installing {', '.join(requirements)}", file=sys.stderr, flush=True)
    kit.run(sys.executable, "-m", "venv", "--clear", kit.directory / "venv", cwd=kit.directory)
    kit.run(kit.python, "-m", "pip", "install", "-q", *requirements, cwd=kit.directory)
    stamp.touch()


def _digest(name: str, requirements: tuple[str, ...]) -> str:
    """Changes with whatever the checkout and its data are made of."""
    parts = [repr(requirements).encode(), Path(_HERE, f"{name.replace('-', '_')}.py").read_bytes()]
    parts += [path.read_bytes() for path in sorted(_data(name).parent.glob(f"{_data(name).stem}*"))]
    parts += [p.read_bytes() for p in sorted((_HERE / "sites" / name).rglob("*")) if p.is_file()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


def _data(name: str) -> Path:
    return _HERE / "data" / f"{name.replace('-', '_')}.py"
