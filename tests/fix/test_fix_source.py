"""Bytes outside an edit stay; files that cannot be read exactly are refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hotclub.fix import render
from tests.fix.fixing import Files, finding, planned, refused

CALL = '.select_related("category")'
SINGLE = ".select_related('category')"

FILES = {
    "crlf": ("import x\r\n\r\nqs = «Product.objects.all()»\r\nz = 1\r\n", CALL),
    "mixed newlines": ("a = 1\r\nb = 2\nqs = «Product.objects.all()»\r\nc = 3\n", CALL),
    "carriage returns": ("a = 1\rqs = «Product.objects.all()»\rc = 3\r", CALL),
    "byte order mark": ("\ufeffqs = «Product.objects.all()»\n", CALL),
    "byte order mark, later": ("\ufeff# é\nqs = «Product.objects.all()»\n", CALL),
    "no newline at the end": ("qs = «Product.objects.all()»", CALL),
    "form feed on its own line": ("a = 1\n\x0c\nqs = «Product.objects.all()»\n", CALL),
    "form feed begins the line": ("a = 1\n\x0cqs = «Product.objects.all()»\n", CALL),
    "form feed in the line": ("qs\x0c= «Product.objects.all()»\n", CALL),
    "form feed and vertical tab in a string": (
        "a = '''\x0c\n\x0b\x85\u2028'''; qs = «Product.objects.all()»\n",
        SINGLE,
    ),
    "not ASCII before the call": ("π, naïve = 'žluťoučký 🎷', «Product.objects.all()»\n", SINGLE),
    "tabs": ("if a:\n\tif b:\n\t\tqs =\t«Product.objects.all()»\n", CALL),
    "utf-8 by cookie": ("# -*- coding: utf-8 -*-\n# é\nqs = «Product.objects.all()»\n", CALL),
    "latin-1 by cookie, but ASCII": ("# coding: latin-1\nqs = «Product.objects.all()»\n", CALL),
}


@pytest.mark.parametrize("name", FILES)
def test_every_other_byte_stays(name, tmp_path):
    marked, call = FILES[name]
    files = Files(tmp_path)
    files.add("a.py", marked)
    result = planned(tmp_path, finding("category", files.place("a.py")))
    assert not result.refusals, result.refusals[0].reason
    assert render(result.fixes, tmp_path) == {"a.py": marked.replace("«", "").replace("»", call)}
    assert (tmp_path / "a.py").read_bytes().decode() == files.plain["a.py"], "nothing is written"


def test_new_lines_end_as_the_file_does(tmp_path):
    files = Files(tmp_path)
    files.add("a.py", 'qs = (\r\n    «Product.objects\r\n    .filter(a="b")»\r\n)\r\n')
    result = planned(tmp_path, finding("category", files.place("a.py")))
    assert render(result.fixes, tmp_path)["a.py"] == (
        'qs = (\r\n    Product.objects\r\n    .filter(a="b")\r\n'
        '    .select_related("category")\r\n)\r\n'
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("# coding: latin-1\n# é\nqs = Product.objects.all()\n".encode("latin-1"), "not UTF-8"),
        ("# é\nqs = Product.objects.all()\n".encode("latin-1"), "not UTF-8"),
        (b"# coding: nonsense\nqs = Product.objects.all()\n", "not UTF-8"),
        (b"qs = Product.objects.all(\n", "syntax error"),
        (b"qs = Product.objects.all()\n\0", "syntax error"),
        (b"qs = " + b" + ".join([b"1"] * 60000) + b"\n", "too deeply"),
        (b"qs = " + b"(" * 60000 + b"1" + b")" * 60000 + b"\n", "too deeply"),
    ],
)
def test_unreadable_source(content, reason, tmp_path):
    files = Files(tmp_path)
    files.add("a.py", "\nqs = «Product.objects.all()»\n")
    (tmp_path / "a.py").write_bytes(content)
    place = files.place("a.py")
    result = planned(tmp_path, finding("category", place))
    assert reason in result.refusals[0].reason


def test_changed_since_it_was_recorded(tmp_path):
    files = Files(tmp_path)
    files.add("a.py", "qs = «Product.objects.all()»\n")
    place = files.place("a.py")
    (tmp_path / "a.py").write_text("\nqs = Product.objects.all()\n")
    result = planned(tmp_path, finding("category", place))
    assert "has changed since it was recorded" in result.refusals[0].reason


def test_recorded_without_a_hash(tmp_path):
    files = Files(tmp_path)
    files.add("a.py", "qs = «Product.objects.all()»\n")
    result = planned(tmp_path, finding("category", files.place("a.py", sha256=None)))
    assert "which version" in result.refusals[0].reason


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("shop/migrations/0001_initial.py", "migration"),
        (".venv/lib/python3.11/site-packages/app/views.py", "outside the project"),
        ("vendor/dist-packages/app/views.py", "outside the project"),
    ],
)
def test_files_that_are_never_edited(path, reason, tmp_path):
    files = Files(tmp_path)
    files.add(path, "qs = «Product.objects.all()»\n")
    result = planned(tmp_path, finding("category", files.place(path)))
    assert reason in result.refusals[0].reason


def test_outside_the_project(tmp_path):
    files = Files(tmp_path)
    files.add("a.py", "qs = «Product.objects.all()»\n")
    place = replace(files.place("a.py"), in_project=False, path="/usr/lib/app/a.py")
    up = replace(files.place("a.py"), path="../a.py")
    result = planned(tmp_path, finding("category", place), finding("category", up))
    assert all("outside the project" in refusal.reason for refusal in result.refusals)


def test_link_out_of_the_project(tmp_path):
    files = Files(tmp_path / "elsewhere")
    files.add("a.py", "qs = «Product.objects.all()»\n")
    (tmp_path / "project").mkdir()
    (tmp_path / "project/a.py").symlink_to(tmp_path / "elsewhere/a.py")
    result = planned(tmp_path / "project", finding("category", files.place("a.py")))
    assert "link that leads out" in result.refusals[0].reason


def test_missing_and_read_only_files(tmp_path):
    files = Files(tmp_path)
    files.add("a.py", "qs = «Product.objects.all()»\n")
    files.add("b.py", "qs = «Product.objects.all()»\n")
    findings = [finding("category", files.place(name)) for name in ("a.py", "b.py")]
    (tmp_path / "a.py").unlink()
    (tmp_path / "b.py").chmod(0o444)
    reasons = [refusal.reason for refusal in planned(tmp_path, *findings).refusals]
    assert "cannot be read" in reasons[0]
    assert "read-only" in reasons[1]


@pytest.mark.parametrize("head", ["# @generated", '"""DO NOT EDIT."""', "# Auto-generated by x"])
def test_generated_files(head, tmp_path):
    assert "generated" in refused(tmp_path, f"{head}\nqs = «Product.objects.all()»\n")


def test_a_word_about_generating_is_no_mark_of_it(tmp_path):
    files = Files(tmp_path)
    files.add("a.py", '"""Views of pages generated by editors."""\nqs = «Product.objects.all()»\n')
    assert planned(tmp_path, finding("category", files.place("a.py"))).fixes
