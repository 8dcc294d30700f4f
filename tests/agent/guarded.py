"""Children in a workspace that the guard closes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import hotclub

PACKAGE = Path(hotclub.__file__).parent
LIBRARY = PACKAGE / "libhotclub_guard.so"
LAYERS = ("preload", "audit", "both")

INSTALL = "from hotclub.agent import _guard; assert _guard.install()\n"
# Says for each piece of code on a line how it ended: well, or with an error of the system.
RUN = """
import os, socket, sys
O = os.environ["O"]
for code in sys.argv[1:]:
    try:
        exec(compile(code, "<project>", "exec"))
        print("done")
    except OSError as error:
        print(type(error).__name__, error.errno)
"""


class Workspace:
    """A folder that may be written, one that may not, and children that are to respect that."""

    def __init__(self, path: Path) -> None:
        self.inside = path / "inside"
        self.outside = path / "outside"
        self.log = path / "guard.log"
        for folder in (self.inside, self.outside):
            (folder / "folder").mkdir(parents=True)
            (folder / "file").write_text("as it was")
        (self.inside / "link").symlink_to(self.outside)
        (self.inside / "dangling").symlink_to(self.outside / "new")

    def variables(self, allow: str | None = "", write: bool = True) -> dict[str, str]:
        made = {"HOTCLUB_GUARD_LOG": str(self.log)}
        if allow is not None:
            made["HOTCLUB_GUARD_ALLOW"] = allow
        if write:
            made["HOTCLUB_GUARD_WRITE"] = str(self.inside)
        return made

    def command(
        self, layer: str, *words: str, allow: str | None = "", write: bool = True
    ) -> subprocess.CompletedProcess[str]:
        environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(PACKAGE.parent)}
        environ |= self.variables(allow, write)
        environ |= {"I": str(self.inside), "O": str(self.outside)}
        if layer in ("preload", "both"):
            assert LIBRARY.exists(), "make build"
            environ["LD_PRELOAD"] = str(LIBRARY)
        return subprocess.run(
            words, env=environ, cwd=self.inside, capture_output=True, text=True, timeout=60
        )

    def each(self, layer: str, *codes: str, **variables: Any) -> list[str]:
        """How each piece of code ends, all in one child."""
        start = (INSTALL if layer in ("audit", "both") else "") + RUN
        words = (sys.executable, "-c", start, *map(textwrap.dedent, codes))
        done = self.command(layer, *words, **variables)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    def python(self, layer: str, code: str, **variables: Any) -> str:
        (outcome,) = self.each(layer, code, **variables)
        return outcome

    def refusals(self) -> list[tuple[str, str, str]]:
        if not self.log.exists():
            return []
        lines = [json.loads(line) for line in self.log.read_text().splitlines()]
        return [(line["kind"], line["what"], line["where"]) for line in lines]

    def state(self) -> dict[str, tuple[int, int, int, bytes]]:
        """All that a change outside could change."""
        found = {}
        for path in sorted([self.outside, *self.outside.rglob("*")]):
            status = path.lstat()
            content = path.read_bytes() if path.is_file() else b""
            found[str(path)] = (status.st_mode, status.st_mtime_ns, status.st_nlink, content)
        return found
