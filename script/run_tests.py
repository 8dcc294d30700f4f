"""Runs the test suites one after another and sums them up.

Each suite is a list of commands; a suite fails with the first command that does. The last
line counts suites, so that a glance at the end of a long log is enough.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
SANITIZER_OPTIONS = {
    "ASAN_OPTIONS": "detect_leaks=1:abort_on_error=1",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
    "TSAN_OPTIONS": "halt_on_error=1",
}


def run(*command: str | Path, cwd: Path = ROOT, **environment: str) -> None:
    print("$", " ".join(str(part) for part in command), flush=True)
    env = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", **environment}
    subprocess.run([str(part) for part in command], cwd=cwd, env=env, check=True)


def configure(name: str, *options: str, **environment: str) -> Path:
    build = ROOT / "build" / name
    if not (build / "build.ninja").exists():
        run("meson", "setup", build, "-Dpython=false", *options, **environment)
    run("meson", "compile", "-C", build, **environment)
    return build


def engine_under(sanitizer: str, name: str) -> None:
    build = configure(
        name, "-Dtests=true", f"-Db_sanitize={sanitizer}", "--buildtype=debug", "-Db_lundef=false"
    )
    run("meson", "test", "-C", build, "--print-errorlogs", **SANITIZER_OPTIONS)


def c_asan(_: argparse.Namespace) -> None:
    engine_under("address,undefined", "asan")


def c_tsan(_: argparse.Namespace) -> None:
    engine_under("thread", "tsan")


def fuzz(options: argparse.Namespace) -> None:
    build = configure("fuzz", "-Dfuzz=true", "--buildtype=debugoptimized", CC="clang")
    targets = sorted(p for p in build.glob("fuzz/fuzz_*") if p.is_file() and os.access(p, os.X_OK))
    if not targets:
        raise SystemExit("no fuzz target was built")
    print(f"{len(targets)} targets, {options.seconds} s each, side by side", flush=True)
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        all_done = list(pool.map(lambda target: fuzz_one(build, target, options.seconds), targets))
    for done in all_done:
        print("$", *done.args, f"\n{done.stdout}{done.stderr}", flush=True)
    for done in all_done:
        done.check_returncode()


def fuzz_one(build: Path, target: Path, seconds: int) -> subprocess.CompletedProcess[str]:
    corpus = build / "corpus" / target.name
    corpus.mkdir(parents=True, exist_ok=True)
    seeds = ROOT / "fuzz" / "corpus" / target.name.removeprefix("fuzz_")
    crashes = build / f"{target.name}-crash-"
    arguments = [f"-max_total_time={seconds}", f"-artifact_prefix={crashes}"]
    command = [target, *arguments, "-verbosity=0", "-print_final_stats=1", corpus, seeds]
    return subprocess.run(command, capture_output=True, text=True, errors="replace", cwd=ROOT)


def python(_: argparse.Namespace) -> None:
    run(BIN / "python", "-X", "dev", "-m", "pytest", "-q", "--durations=5")


def shop(_: argparse.Namespace) -> None:
    run(BIN / "python", "manage.py", "test", "--verbosity=1", cwd=ROOT / "examples" / "shop")


def versions(_: argparse.Namespace) -> None:
    run(BIN / "python", "script/run_versions.py")


SUITES: dict[str, Callable[[argparse.Namespace], None]] = {
    "c-asan": c_asan,
    "c-tsan": c_tsan,
    "fuzz": fuzz,
    "shop": shop,
    "python": python,
    "versions": versions,
}


def outcomes(options: argparse.Namespace) -> Iterator[tuple[str, str, float]]:
    for name in options.suites or SUITES:
        print(f"\n== {name}", flush=True)
        started = time.monotonic()
        try:
            SUITES[name](options)
            outcome = "passed"
        except (subprocess.CalledProcessError, SystemExit) as failure:
            print(failure, flush=True)
            outcome = "failed"
        yield name, outcome, time.monotonic() - started


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("suites", nargs="*", choices=[*SUITES, []], help="all when none is named")
    parser.add_argument("--seconds", type=int, default=60, help="time for each fuzz target")
    results = list(outcomes(parser.parse_args()))
    print("\nsuite     result    seconds")
    for name, outcome, seconds in results:
        print(f"{name:<9} {outcome:<9} {seconds:7.1f}")
    failed = sum(outcome == "failed" for _, outcome, _ in results)
    print(f"suites: {len(results) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
