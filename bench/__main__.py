"""Runs one benchmark by name, or all of them: ``python -m bench hello``.

Each one's last line, a JSON object, is kept in ``build/bench``. With ``all``, every benchmark is
run, and the table and the plot in ``docs`` are made of what is kept; ``docs`` only does that.
"""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

from bench._plot import svg

HERE = Path(__file__).resolve().parent
KEPT = HERE.parent / "build" / "bench"
DOCS = HERE.parent / "docs"


def names() -> list[str]:
    return sorted(p.stem.replace("_", "-") for p in HERE.glob("[a-z]*.py"))


def run(name: str) -> dict[str, Any]:
    """Run one benchmark, show what it prints, return the object on its last line."""
    module = f"bench.{name.replace('-', '_')}"
    process = subprocess.Popen(
        [sys.executable, "-m", module], stdout=subprocess.PIPE, text=True, cwd=HERE.parent
    )
    assert process.stdout is not None
    last = ""
    for line in process.stdout:
        print(line, end="", flush=True)
        last = line.strip() or last
    if process.wait():
        raise SystemExit(f"bench {name}: ended with status {process.returncode}")
    result: dict[str, Any] = {**json.loads(last), "date": str(date.today())}
    KEPT.mkdir(parents=True, exist_ok=True)
    (KEPT / f"{name}.json").write_text(json.dumps(result))
    return result


def kept() -> list[dict[str, Any]]:
    """What the last run of each benchmark said."""
    found = [KEPT / f"{name}.json" for name in names()]
    return [json.loads(path.read_text()) for path in found if path.exists()]


def row(result: dict[str, Any]) -> str:
    def figures(of: dict[str, float]) -> str:
        return ", ".join(f"{name} {value:,g}{size(name)}" for name, value in of.items())

    def size(name: str) -> str:
        bytes_of = result.get("megabytes", {})
        return f" ({bytes_of[name]:,g} MB)" if name in bytes_of else ""

    costs = dict(result.get("cpu_us") or {})
    own = f"{costs.pop('hotclub'):,g}" if costs else ""
    return (
        f"| `{result['bench']}` | {result['unit']} ({result['better']} is better) "
        f"| {result['hotclub']:,g}{size('hotclub')} | {figures(result['peers'])} "
        f"| {own} | {figures(costs)} | {result['date']} |"
    )


def write_docs(results: list[dict[str, Any]]) -> None:
    lines = [
        "# Benchmarks",
        "",
        "Each row is the last line of `make bench NAME=…`: this project and its peers measured in",
        "turn in one run, on one core, the load on another. Ratios travel between machines,",
        "absolute figures do not. Servers are judged by the processor time of a request; its",
        "median over the rounds is given in microseconds, where it was taken. What takes space",
        "has its megabytes behind. Written by",
        f"`make bench`, Python {platform.python_version()}, {platform.machine()}.",
        "",
        "| benchmark | unit | hotclub | peers | µs | peers' µs | date |",
        "|---|---|---|---|---|---|---|",
        *(row(result) for result in results),
        "",
        "How many times better than each peer (less than 1: behind):",
        "",
        "![ratios](benchmarks.svg)",
        "",
    ]
    (DOCS / "benchmarks.md").write_text("\n".join(lines))
    (DOCS / "benchmarks.svg").write_text(svg(results))


def main(arguments: list[str]) -> int:
    wanted = arguments[0] if arguments else "all"
    if wanted == "all":
        for name in names():
            run(name)
        write_docs(kept())
    elif wanted == "docs":
        write_docs(kept())
    elif wanted in names():
        run(wanted)
    else:
        print(f"bench: no benchmark named {wanted}; there are {', '.join(names())}, all, docs")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
