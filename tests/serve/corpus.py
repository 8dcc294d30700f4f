"""gunicorn's corpus of valid and invalid requests, from its source distribution."""

from __future__ import annotations

import fcntl
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

VERSION = "27.0.1"
CACHE = Path(__file__).parent.parent.parent / ".cache" / "oracles"
ESCAPES = {"\\r\\n": "\r\n", "\\0": "\0", "\\n": "\n", "\\t": "\t"}

# Runs with gunicorn's own sources on its path: what it expects of each request, as JSON.
DUMP = """
import glob, json, os, sys
from gunicorn.config import Config
from gunicorn.util import split_request_uri

defaults = {name: setting.get() for name, setting in Config().settings.items()}

def uri(text):
    parts = split_request_uri(text)
    return {"raw": text, "path": parts.path or "", "query": parts.query or ""}

def plain(request):
    body = request["body"]
    return {**request, "body": (body.encode() if isinstance(body, str) else body).decode("latin-1")}

for path in sorted(glob.glob(sys.argv[1] + "/tests/requests/*/*.py")):
    names = {"uri": uri, "cfg": Config()}
    exec(compile(open(path).read(), path, "exec"), names)
    case = {"name": os.path.basename(path)[:-3], "kind": path.split(os.sep)[-2], "path": path}
    case["settings"] = {
        name: setting.get() for name, setting in names["cfg"].settings.items()
        if setting.get() != defaults[name] and name != "http_parser"
    }
    wanted = names["request"]
    if case["kind"] == "invalid":
        case["error"] = wanted.__name__
    else:
        case["requests"] = [plain(r) for r in (wanted if isinstance(wanted, list) else [wanted])]
    print(json.dumps(case, default=str))
"""


@dataclass
class Case:
    """One file of the corpus. ``data`` is what goes over the wire."""

    name: str
    settings: dict[str, Any]
    data: bytes
    requests: list[dict[str, Any]]


def sources() -> Path:
    """The unpacked source distribution, downloaded once into a cache outside git."""
    unpacked = CACHE / f"gunicorn-{VERSION}"
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several processes of one run want it at once
        if not (unpacked / "tests" / "requests").is_dir():
            unpack(unpacked)
    return unpacked


def unpack(unpacked: Path) -> None:
    archive = CACHE / f"gunicorn-{VERSION}.tar.gz"
    if not archive.exists():
        download()
    with tempfile.TemporaryDirectory(dir=CACHE) as directory, tarfile.open(archive) as tar:
        members = [m for m in tar if m.isreg() and ".." not in m.name]
        safely = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
        tar.extractall(directory, members=members, **safely)
        # Whole or not at all, also when it is interrupted.
        (Path(directory) / unpacked.name).rename(unpacked)


def download() -> None:
    """From PyPI, by pip; as often as three times."""
    words = ["download", "--quiet", "--no-deps", "--no-binary", "gunicorn", "--retries", "5"]
    command = [sys.executable, "-m", "pip", *words, "--dest", str(CACHE), f"gunicorn=={VERSION}"]
    for _ in range(3):
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        if done.returncode == 0:
            return
    raise AssertionError(f"gunicorn's sources could not be downloaded:\n{done.stderr}")


def wire(path: Path) -> bytes:
    """The bytes that a file of the corpus stands for."""
    text = path.read_bytes().replace(b"\n", b"").decode("latin-1")
    for escape, meaning in ESCAPES.items():
        text = text.replace(escape, meaning)
    text = re.sub(r"\\x([0-9A-Fa-f]{2})", lambda found: chr(int(found[1], 16)), text)
    return text.encode("latin-1")


def with_host(data: bytes, requests: int) -> bytes:
    """Insert the Host field that RFC 9112, 3.2 asks for where the corpus leaves it out.

    A short one, as some cases set a limit of ten bytes.
    """

    def complete(found: re.Match[bytes]) -> bytes:
        head = data[found.start() : data.find(b"\r\n\r\n", found.start()) + 2]
        if re.search(rb"(?i)[\r\n]host:", head):
            return found[0]
        return found[0] + b"Host:x\r\n"

    if requests > 1:
        return re.sub(rb"(?m)^[^\r\n]* HTTP/1\.1\r\n", complete, data)
    return re.sub(rb"^(?:\r\n)*(?:PROXY .*\n)?[^\r\n]* HTTP/1\.1\r\n", complete, data)


def load() -> Iterator[tuple[str, Case]]:
    """All cases with their kind, "valid" or "invalid"."""
    root = sources()
    lines = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", DUMP, str(root)],
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for line in lines.splitlines():
        raw = json.loads(line)
        requests = raw.get("requests", [])
        data = with_host(wire(Path(raw["path"]).with_suffix(".http")), len(requests))
        if raw["kind"] == "invalid":
            # A fragment would be refused before what the case is about.
            data = re.sub(rb"^([A-Z]+ [^ #]*)#[^ ]*", rb"\1", data)
        yield raw["kind"], Case(raw["name"], raw["settings"], data, requests)
