"""Runs one benchmark by name, or all of them: ``python -m bench hello``.

With ``all`` the table in ``docs/benchmarks.md`` is written anew from each benchmark's last
line, the JSON object that every benchmark ends with.
"""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
TABLE = HERE.parent / "docs" / "benchmarks.md"


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
    result: dict[str, Any] = json.loads(last)
    return result


def row(result: dict[str, Any]) -> str:
    peers = ", ".join(f"{name} {value:,g}" for name, value in result["peers"].items())
    return (
        f"| `{result['bench']}` | {result['unit']} ({result['better']} is better) "
        f"| {result['hotclub']:,g} | {peers} |"
    )


def write_table(results: list[dict[str, Any]]) -> None:
    lines = [
        "# Benchmarks",
        "",
        "Each row is the last line of `make bench NAME=…`: this project and its peers measured in",
        "turn in one run. Ratios travel between machines, absolute figures do not.",
        f"Written by `make bench` on {date.today()}, Python {platform.python_version()},"
        f" {platform.machine()}.",
        "",
        "| benchmark | unit | hotclub | peers |",
        "|---|---|---|---|",
        *(row(result) for result in results),
        "",
    ]
    TABLE.write_text("\n".join(lines))


def main(arguments: list[str]) -> int:
    wanted = arguments[0] if arguments else "all"
    if wanted == "all":
        write_table([run(name) for name in names()])
    elif wanted in names():
        run(wanted)
    else:
        print(f"bench: no benchmark named {wanted}; there are {', '.join(names())}, all")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
