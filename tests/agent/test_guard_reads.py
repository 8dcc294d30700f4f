"""What is read, listed and looked at, as the preloaded library notes it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from guarded import LIBRARY

# What is done in a folder with a file and a folder, and what is noted of it.
LOOKS = {
    "open('file').close()": ["rfile"],
    "open('folder/../file').close()": ["rfolder/../file"],
    "os.close(os.open('file', os.O_RDWR))": ["rfile"],
    "os.close(os.open('file', os.O_RDONLY, dir_fd=os.open('folder/..', os.O_RDONLY)))": [
        "rfolder/..",
        "rfile",
    ],
    "os.listdir('folder')": ["rfolder"],
    "list(os.scandir('folder'))": ["rfolder"],
    "os.stat('file')": ["sfile"],
    "os.lstat('file')": ["sfile"],
    "os.path.exists('none')": ["snone"],
    "os.path.isdir('folder/')": ["sfolder"],
    "os.access('file', os.R_OK)": ["sfile"],
    "os.readlink('link')": ["slink"],
    "ctypes.CDLL(None).fopen(b'file', b'r')": ["rfile"],
    "sqlite3.connect('file:file?mode=ro', uri=True).execute('pragma user_version')": ["rfile"],
    "subprocess.run(['cat', 'file'])": ["rfile"],
    "open('new', 'w').close()": [],
    "open('file', 'a').close()": [],
    "open('/proc/self/status').close()": [],
}


def noted(folder: Path, code: str) -> list[str]:
    """What a child noted of this folder."""
    reads = folder.parent / f"{folder.name}.reads"
    start = "import ctypes, os, sqlite3, subprocess, sys\n"
    environ = {"PATH": os.environ["PATH"], "LD_PRELOAD": str(LIBRARY)}
    environ["HOTCLUB_GUARD_READS"] = str(reads)
    command = [sys.executable, "-c", f"{start}{code}"]
    subprocess.run(command, env=environ, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    notes = [os.fsdecode(note) for note in reads.read_bytes().split(b"\0")[:-1]]
    assert all(note[0] in "rs" and note[1] == "/" for note in notes)
    return [note[0] + note[2 + len(str(folder)) :] for note in notes if f"{folder}/" in note]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "here"
    (made / "folder").mkdir(parents=True)
    (made / "file").touch()
    (made / "link").symlink_to("file")
    return made


@pytest.mark.parametrize("code", LOOKS)
def test_it_is_noted(folder: Path, code: str) -> None:
    found = noted(folder, code)
    assert set(LOOKS[code]) <= set(found)
    if not LOOKS[code]:
        assert [note for note in found if note[0] == "r"] == []


def test_each_once_and_failing_calls_too(folder: Path) -> None:
    code = """
for name in ["file", "none"] * 3:
    try:
        open(name).close()
    except FileNotFoundError as error:
        assert error.errno == 2
"""
    assert [note for note in noted(folder, code) if note[0] == "r"] == ["rfile", "rnone"]


def test_very_many(folder: Path) -> None:
    found = noted(folder, "for n in range(40000): os.path.exists(f'n{n}')")
    assert set(found) == {f"sn{n}" for n in range(40000)}


def test_a_program_and_its_libraries(folder: Path) -> None:
    noted(folder, "subprocess.run(['cat', 'file'])")
    notes = (folder.parent / f"{folder.name}.reads").read_bytes().split(b"\0")
    assert any(note.endswith(b"/cat") or note.endswith(b"coreutils") for note in notes)
    assert any(b"/libc.so" in note or b"/libc-" in note for note in notes)


def test_threads(folder: Path) -> None:
    code = """
import threading
def look(start):
    for n in range(start, 3000):
        os.path.exists(f"n{n}")
threads = [threading.Thread(target=look, args=(n * 10,)) for n in range(8)]
for one in threads: one.start()
for one in threads: one.join()
"""
    found = noted(folder, code)
    assert sorted(found) == sorted(f"sn{n}" for n in range(3000))


def test_without_the_variable_nothing_is_noted(folder: Path) -> None:
    environ = {"PATH": os.environ["PATH"], "LD_PRELOAD": str(LIBRARY)}
    subprocess.run([sys.executable, "-c", "open('file')"], env=environ, cwd=folder, check=True)
    assert sorted(path.name for path in folder.iterdir()) == ["file", "folder", "link"]
