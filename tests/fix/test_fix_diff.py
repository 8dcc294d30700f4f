"""Diffs that the tools people have will take."""

from __future__ import annotations

import subprocess

import pytest

from hotclub.fix import diff

PAIRS = {
    "shop/views.py": ("a\nb\nc\n", "a\nB\nc\n"),
    "no newline.py": ("a\nb", "a\nb2"),
    "newline gone.py": ("a\nb\n", "a\nb\nc"),
    "crlf.py": ("a\r\nb\r\nc\r\n", "a\r\nb\r\nb2\r\nc\r\n"),
    "bom.py": ("\ufeffa\nb\n", "\ufeffA\nb\n"),
    "é/ü.py": ("é\x0c\u2028\n\x85\nz\n", "é\x0c\u2028\n\x85\nZ\n"),
    "cr.py": ("a\rb\rc\r", "a\rB\rc\r"),
    "empty.py": ("", "a\n"),
}
TOOLS = {
    "git": ["git", "apply", "hotclub.patch"],
    "patch": ["patch", "-p1", "--quiet", "-i", "hotclub.patch"],
}


def write(root, texts):
    for path, text in texts.items():
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_bytes(text.encode())


@pytest.mark.parametrize("tool", TOOLS)
def test_applies_exactly(tool, tmp_path):
    write(tmp_path, {path: before for path, (before, _) in PAIRS.items()})
    after = {path: text for path, (_, text) in PAIRS.items()}
    (tmp_path / "hotclub.patch").write_bytes(diff(after, tmp_path).encode())
    subprocess.run(TOOLS[tool], cwd=tmp_path, check=True, capture_output=True)
    for path, text in after.items():
        assert (tmp_path / path).read_bytes() == text.encode(), path


def test_nothing_changed_nothing_shown(tmp_path):
    write(tmp_path, {"a.py": "x\n"})
    assert diff({"a.py": "x\n"}, tmp_path) == ""


def test_its_form(tmp_path):
    write(tmp_path, {"a b.py": "x\ny"})
    assert diff({"a b.py": "x\nz"}, tmp_path) == (
        "--- a/a b.py\t\n+++ b/a b.py\t\n@@ -1,2 +1,2 @@\n x\n"
        "-y\n\\ No newline at end of file\n+z\n\\ No newline at end of file\n"
    )
