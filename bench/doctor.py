"""How long the doctor and the fix take on the example shop, and what many requests cost.

The shop (data of size demo) is diagnosed and fixed by the commands, with their defaults. Then a
recording of ten of its requests is put together with itself ten and a hundred times, and each of
those is looked at in a process of its own: time for one request more, and the most memory.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.shop_fix import seeded_shop
from hotclub.recording import Recording, merge

TIMES = (1, 10, 100)
LOOK = """
import json, resource, sys, time
from pathlib import Path
from hotclub.doctor import examine
began = time.monotonic()
found = len(examine(Path(sys.argv[1]), Path(sys.argv[2])).findings)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"seconds": time.monotonic() - began, "mb": peak / 1024, "findings": found}))
"""


def hotclub(shop: Path, *words: str) -> float:
    """Run a command on the shop; its seconds. Findings (status 1) are no failure."""
    began = time.monotonic()
    environ = {**os.environ, "XDG_CACHE_HOME": str(shop.parent / "cache")}
    command = [sys.executable, "-m", "hotclub", *words]
    done = subprocess.run(command, cwd=shop, env=environ, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise SystemExit(f"hotclub {' '.join(words)} failed:\n{done.stderr[-3000:]}")
    return time.monotonic() - began


def look(recording: Path, shop: Path) -> dict[str, Any]:
    """Have a recording looked at: seconds, the most megabytes, findings."""
    command = [sys.executable, "-c", LOOK, str(recording), str(shop)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def size(path: Path) -> tuple[int, int]:
    """Requests and queries of a recording."""
    with Recording.open(path) as recording:
        requests = recording.requests()
        return len(requests), sum(request.query_count for request in requests)


def grown(shop: Path, directory: Path) -> None:
    """Show what more requests cost."""
    ten = directory / "ten.hclb"
    hotclub(shop, "doctor", "--max-requests", "10", "--out", str(ten))
    shown: list[tuple[int, float]] = []
    for times in TIMES:
        path = directory / f"{times}.hclb"
        merge(path, [ten] * times)
        requests, queries = size(path)
        got = look(path, shop)
        shown.append((requests, got["seconds"]))
        print(
            f"{requests:6,} requests {queries:8,} queries {got['seconds']:7.2f} s "
            f"{got['mb']:6.0f} MB {got['findings']:4} findings",
            flush=True,
        )
    (few, first), (some, second), (many, third) = shown
    ratio = (third - second) / (many - some) / ((second - first) / (some - few))
    print(f"a request more, {some:,} to {many:,} against {few:,} to {some:,}: × {ratio:.2f}")


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        shop = seeded_shop(directory, "demo")
        recording = directory / "doctor.hclb"
        doctor = hotclub(shop, "doctor", "--out", str(recording))
        print(f"doctor {doctor:.1f} s", flush=True)
        grown(shop, directory)
        fix = hotclub(shop, "fix", "--write", "--recording", str(recording))
        print(f"fix {fix:.1f} s", flush=True)
    unit = f"s for the shop, {fix:.1f} for its fix and proof"
    line = {"bench": "doctor", "unit": unit, "better": "lower", "peers": {}}
    print(json.dumps({**line, "hotclub": round(doctor, 1), "fix": round(fix, 1)}))


if __name__ == "__main__":
    main()
