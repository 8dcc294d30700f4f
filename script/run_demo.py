"""Runs doctor, fix and bench on a copy of the example shop, as its owner would.

The copy is made anew each time; only its database, which depends on nothing but the shop's
models and seed, is kept for the next run.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHOP = ROOT / "examples" / "shop"
WORK = ROOT / "build" / "demo"
COPY = WORK / "shop"
RECORDING = WORK / "doctor.hclb"
HOTCLUB = ROOT / ".venv" / "bin" / "hotclub"
PYTHON = ROOT / ".venv" / "bin" / "python"
GIT = ["git", "-c", "user.name=demo", "-c", "user.email=demo@shop.example", "-c", "core.hooksPath="]


def say(text: str) -> None:
    print(f"\n== {text}", flush=True)


def run(*command: str | Path, accepted: tuple[int, ...] = (0,)) -> None:
    """Run a command in the copy, showing it and what it prints; end when it fails."""
    words = [str(word) for word in command]
    shown = [Path(words[0]).name, *words[1:]]
    print("$", " ".join(shown).replace(f"{ROOT}/", ""), flush=True)
    environment = {**os.environ, "XDG_CACHE_HOME": str(WORK / "cache")}
    status = subprocess.run(words, cwd=COPY, env=environment).returncode
    if status not in accepted:
        raise SystemExit(f"demo: {shown[0]} {shown[1]} ended with status {status}")


def copy_shop() -> None:
    shutil.rmtree(COPY, ignore_errors=True)
    ignored = shutil.ignore_patterns("__pycache__", "*.sqlite3", "*.sqlite3-*")
    shutil.copytree(SHOP, COPY, ignore=ignored)


def seed() -> None:
    """Fill the copy's database: 20,000 products, 200,000 order lines; kept between runs."""
    digest = hashlib.sha256()
    for path in sorted(COPY.rglob("*.py")):
        if {"migrations", "seeding", "commands"} & set(path.parts) or path.name == "models.py":
            digest.update(path.read_bytes())
    kept = WORK / f"seeded-{digest.hexdigest()[:12]}.sqlite3"
    database = COPY / "db.sqlite3"
    if not kept.exists():
        run(PYTHON, "manage.py", "migrate", "--verbosity", "0")
        run(PYTHON, "manage.py", "seed", "--size", "demo")
        for old in WORK.glob("seeded-*.sqlite3"):
            old.unlink()
        shutil.copyfile(database, kept)
    else:
        print(f"using the database of an earlier run, {kept.relative_to(ROOT)}")
        shutil.copyfile(kept, database)


def commit() -> None:
    quiet = {"cwd": COPY, "check": True, "stdout": subprocess.DEVNULL}
    subprocess.run([*GIT, "init", "-q", "-b", "main"], **quiet)
    subprocess.run([*GIT, "add", "-A"], **quiet)
    subprocess.run([*GIT, "commit", "-q", "-m", "the shop as it was"], **quiet)


def main() -> int:
    started = time.monotonic()
    say("a copy of examples/shop, with 20,000 products and 200,000 order lines")
    WORK.mkdir(parents=True, exist_ok=True)
    copy_shop()
    seed()
    commit()
    say("doctor: what is slow, and on which line")
    limits = ("--samples", "1", "--max-requests", "70", "--max-seconds", "20")
    run(HOTCLUB, "doctor", *limits, "--out", RECORDING, accepted=(0, 1))
    say("fix: write it, and keep only what is proved")
    run(HOTCLUB, "fix", "--recording", RECORDING, "--max-seconds", "20", accepted=(0, 1))
    subprocess.run([*GIT, "--no-pager", "diff", "--stat"], cwd=COPY, check=True)
    say("bench: before and after, under gunicorn and under hotclub serve")
    run(HOTCLUB, "bench", "--recording", RECORDING, "--pages", "3", "--rounds", "2")
    print(f"\nDone in {time.monotonic() - started:.0f} s. The fixed shop is in {COPY}; to try it:")
    print(f"    cd {COPY} && {HOTCLUB} serve")
    return 0


if __name__ == "__main__":
    sys.exit(main())
