"""Holds the code to its own rules: style, types, sizes, rooms, compiler warnings.

The limits are those of CONTRIBUTING.md. Every check runs even when an earlier one failed,
so that one look shows all there is to mend.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import lizard

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"

MAX_COMPLEXITY = 15
MAX_FILE = {".c": 800, ".h": 800, ".py": 300}
MAX_FUNCTION = {".c": 100, ".h": 100, ".py": 60}

# Which part of the C engine may include which; `base` is open to all.
ENGINE_MAY_INCLUDE = {
    "edge": {"http", "net"},
    "http": {"net"},
    "net": set(),
    "sql": set(),
    "guard": set(),
}


def sources(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    return [ROOT / line for line in listed.splitlines() if (ROOT / line).exists()]


def command(*words: str | Path, **environment: str) -> Iterator[str]:
    env = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", **environment}
    done = subprocess.run(
        [str(word) for word in words], cwd=ROOT, env=env, capture_output=True, text=True
    )
    if done.returncode:
        yield from (done.stdout + done.stderr).splitlines()


def style() -> Iterator[str]:
    yield from command("ruff", "check", ".")
    yield from command("ruff", "format", "--check", ".")


def types() -> Iterator[str]:
    yield from command("mypy", "--no-error-summary")


def sizes() -> Iterator[str]:
    for path in sources("*.c", "*.h", "*.py"):
        name = path.relative_to(ROOT)
        if "migrations" in name.parts:
            continue
        lines = path.read_text().count("\n")
        if lines > MAX_FILE[path.suffix]:
            yield f"{name}: {lines} lines, the limit is {MAX_FILE[path.suffix]}"
        for function in lizard.analyze_file(str(path)).function_list:
            where = f"{name}:{function.start_line}: {function.name}"
            if function.length > MAX_FUNCTION[path.suffix]:
                limit = MAX_FUNCTION[path.suffix]
                yield f"{where} has {function.length} lines, the limit is {limit}"
            if function.cyclomatic_complexity > MAX_COMPLEXITY:
                yield f"{where} has complexity {function.cyclomatic_complexity}, the limit is 15"


def header_rooms() -> dict[str, str]:
    """From `hc/x.h` to the room whose sources implement it, as the sources themselves say."""
    rooms: dict[str, str] = {}
    for path in sources("engine/src/*.c"):
        room = path.relative_to(ROOT / "engine/src").parts[0]
        rooms.setdefault(f"hc/{path.stem}.h", room)
    return rooms


def rooms() -> Iterator[str]:
    """Arrows point one way: hotclub → binding → engine, and inside each as designed."""
    owners = header_rooms()
    for path in sources("engine/*.c", "engine/*.h"):
        name = path.relative_to(ROOT)
        text = path.read_text()
        if "Python.h" in text:
            yield f"{name}: the engine knows nothing of Python"
        if name.parts[1] != "src":
            continue
        allowed = {name.parts[2], "base", *ENGINE_MAY_INCLUDE.get(name.parts[2], set())}
        for header in re.findall(r'#include [<"](hc/\w+\.h)[>"]', text):
            if owners.get(header, "base") not in allowed:
                yield f"{name}: includes {header}, which belongs to {owners[header]}"
    for path in sources("src/hotclub/agent/*.py"):
        for module in re.findall(r"^\s*(?:from|import) (hotclub[\w.]*)", path.read_text(), re.M):
            if not re.match(r"hotclub(\.agent(\.|$)|\._native$|$)", module):
                yield f"{path.relative_to(ROOT)}: the agent imports {module}"
    yield from pagination()


def pagination() -> Iterator[str]:
    """It runs in the project and needs Django alone; DRF is known to one module."""
    room = ROOT / "src/hotclub/pagination"
    for path in sources("src/hotclub/*.py"):
        found = re.findall(r"^\s*(?:from|import) ([\w.]+)", path.read_text(), re.M)
        own = path.is_relative_to(room)
        for module in found:
            inside = module.startswith("hotclub.pagination")
            foreign = own and module.startswith("hotclub") and not inside
            unknown = own and module.startswith("rest_framework") and path.stem != "rest"
            if foreign or unknown or (inside and not own):
                yield f"{path.relative_to(ROOT)}: imports {module}"


def compilers() -> Iterator[str]:
    for compiler in ("gcc", "clang"):
        build = ROOT / "build" / f"werror-{compiler}"
        if not (build / "build.ninja").exists():
            options = ("--werror", "-Dtests=true", "--buildtype=debugoptimized")
            yield from command("meson", "setup", build, *options, CC=compiler)
        yield from command("meson", "compile", "-C", build)


CHECKS = (style, types, sizes, rooms, compilers)


def main() -> int:
    failed = 0
    for check in CHECKS:
        complaints = list(check())
        failed += bool(complaints)
        print(f"lint: {check.__name__}: {'ok' if not complaints else 'failed'}", flush=True)
        for complaint in complaints:
            print(f"  {complaint}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
