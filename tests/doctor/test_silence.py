"""Which findings are reported: codes, comments, a baseline; and what silences nothing any more."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from hotclub.cli._selection import write_baseline
from hotclub.doctor import Diagnosis, Evidence, Finding, Place, Step
from hotclub.doctor.codes import CODES
from hotclub.doctor.silence import (
    Baseline,
    Selection,
    codes,
    comments,
    identify,
    reported,
    silence,
)
from hotclub.errors import HotclubError

VIEW = "def shelf(request):\n    books = Book.objects.filter(\n        new=True,\n    )\n"
PLACE = Place("call", "books/views.py", True, 2, 12, 4, 5, "shelf")
LINE = Place("template", "templates/shelf.html", True, 2)


def finding(code: str = "HC101", relation: str = "author", place: Place = PLACE) -> Finding:
    evidence = Evidence(9, 9, 9, 9, "SELECT 1", ("GET /",))
    step = Step(relation, "forward_key")
    return Finding(code, "", (place,), (LINE,), (step,), {}, "books.Book", evidence, 9, 8, 9)


def project(
    tree: Path, view: str = VIEW, template: str = "{% for b in books %}\n{{ b }}\n"
) -> Path:
    for name, text in (("books/views.py", view), ("templates/shelf.html", template)):
        (tree / name).parent.mkdir(exist_ok=True, parents=True)
        (tree / name).write_text(text)
    return tree


def silenced(tree: Path, *found: Finding, **wanted: object) -> Diagnosis:
    diagnosis = Diagnosis(tree, found or (finding(), finding("HC201", "tags")), (), (), 1, 1)
    return silence(diagnosis, tree, Selection(**wanted))  # type: ignore[arg-type]


def left(diagnosis: Diagnosis) -> list[str]:
    return [finding.code for finding in diagnosis.findings]


def test_every_documented_code_is_known() -> None:
    text = (Path(__file__).parents[2] / "docs/findings.md").read_text()
    assert dict(re.findall(r"^## (HC\d+): (.*)$", text, re.M)) == CODES


def test_beginnings_of_codes() -> None:
    assert codes("hc1, HC201") == ("HC1", "HC201")
    with pytest.raises(HotclubError, match="no code HC199; did you mean HC1"):
        codes("HC199")
    with pytest.raises(HotclubError, match="a code is needed"):
        codes(" ")


def test_selecting_and_ignoring_codes(tmp_path: Path) -> None:
    assert left(silenced(tmp_path, select=("HC1",))) == ["HC101"]
    chosen = silenced(tmp_path, select=("HC1", "HC2"), ignore=("HC101",))
    assert left(chosen) == ["HC201"]
    assert chosen.silenced == {"not_selected": 1, "ignored": 0, "baseline": 0}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("filter(", "filter(  # hotclub: ignore[HC1]"),
        ("    )\n", "    )  # hotclub:ignore[HC101]\n"),
    ],
)
def test_a_comment_on_a_line_of_the_expression(tmp_path: Path, old: str, new: str) -> None:
    chosen = silenced(project(tmp_path, VIEW.replace(old, new)))
    assert left(chosen) == ["HC201"] and chosen.silenced["ignored"] == 1
    assert not chosen.notes


def test_a_comment_in_the_template_that_triggers_it(tmp_path: Path) -> None:
    text = "{% for b in books %}\n{{ b }} {# hotclub: ignore[HC101, HC2] #}\n"
    assert left(silenced(project(tmp_path, template=text))) == []


def test_comments_that_silence_nothing_are_said(tmp_path: Path) -> None:
    view = VIEW + "x = 1  # hotclub: ignore[HC3]\ny = 2  # hotclub: ignore\n"
    view += "z = '# hotclub: ignore[HC1]'  # hotclub: ignore[HC999]\n"
    notes = silenced(project(tmp_path, view)).notes
    assert [note.partition(": ")[0] for note in notes] == [
        f"books/views.py:{line}" for line in (6, 7, 5)
    ]
    assert "names no code" in notes[0] and "no code HC999" in notes[1]
    assert "ignore[HC3] silenced nothing" in notes[2]
    assert not [n for n in silenced(tmp_path, select=("HC1",)).notes if "HC3" in n]


def test_only_the_project_is_read_for_comments(tmp_path: Path) -> None:
    for place in (".venv", "env", "node_modules"):
        project(tmp_path / place, VIEW + "# hotclub: ignore[HC1]\n")
    (tmp_path / "env/pyvenv.cfg").touch()
    (tmp_path / "odd.py").write_bytes(b"# coding: nonsense\n# hotclub: ignore[HC1]\n")
    assert comments(tmp_path) == ([], [])


def baseline(tree: Path, *found: Finding) -> Path:
    path = tree / "known.json"
    Baseline.write(path, (identify(one, tree) for one in found))
    return path


def test_a_baseline_knows_findings_that_moved(tmp_path: Path) -> None:
    path = baseline(project(tmp_path), finding(), finding("HC201", "tags"))
    project(tmp_path, "import os\n\n\n" + VIEW.replace("        new", "      new"))
    moved = replace(PLACE, line=5, end_line=7)
    chosen = silenced(
        tmp_path,
        finding(place=moved),
        finding("HC201", "tags", moved),
        finding("HC102", "tags", moved),
        baseline=Baseline.read(path),
    )
    assert left(chosen) == ["HC102"] and chosen.silenced["baseline"] == 2
    assert not chosen.notes


def test_a_baseline_knows_each_as_often_as_it_was_written(tmp_path: Path) -> None:
    path = baseline(project(tmp_path), finding())
    again = silenced(tmp_path, finding(), finding(), baseline=Baseline.read(path))
    assert left(again) == ["HC101"]


def test_a_baseline_knows_the_lines_that_python_counts(tmp_path: Path) -> None:
    odd = "# a \f form feed, a \x85 next line\n"
    there = replace(PLACE, line=3, end_line=5)
    identity = identify(finding(place=there), project(tmp_path, odd + VIEW))
    assert identity == identify(finding(), project(tmp_path))
    assert identity.source == "Book.objects.filter( new=True, )"


def test_a_baseline_written_of_some_codes_keeps_the_others(tmp_path: Path) -> None:
    path = baseline(project(tmp_path), finding(), finding(), finding("HC201"), finding("HC102"))
    found = Diagnosis(tmp_path, (finding("HC201", "tags"),), (), (), 1, 1)
    assert write_baseline(found, tmp_path, Selection(("HC2", "HC102")), path) == 3
    known = json.loads(path.read_bytes())["findings"]
    assert [(one["code"], one["lookup"], one["count"]) for one in known] == [
        ("HC101", "author", 2), ("HC201", "tags", 1)
    ]  # fmt: skip
    assert write_baseline(found, tmp_path, Selection(), path) == 1


def test_comments_silence_findings_where_only_their_files_are_read(tmp_path: Path) -> None:
    view = VIEW.replace("filter(", "filter(  # hotclub: ignore[HC1]")
    found = [finding(), finding("HC201")]
    kept = reported(found, project(tmp_path, view), Selection())
    assert [one.code for one in kept] == ["HC201"]


def test_what_a_baseline_knows_and_nobody_found_is_said(tmp_path: Path) -> None:
    path = baseline(project(tmp_path), finding(), finding("HC102", "reviews"))
    (note,) = silenced(tmp_path, finding(), baseline=Baseline.read(path)).notes
    assert "1 finding of" in note and "HC102 reviews at books/views.py in shelf" in note
    changed = project(tmp_path, VIEW.replace("True", "False"))
    assert left(silenced(changed, finding(), baseline=Baseline.read(path))) == ["HC101"]


def test_a_baseline_is_the_same_text_whatever_the_order(tmp_path: Path) -> None:
    found = [finding(), finding("HC102"), finding()]
    first = baseline(project(tmp_path), *found).read_text()
    assert baseline(tmp_path, *reversed(found)).read_text() == first
    assert json.loads(first)["findings"][0]["count"] == 2


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"schema": "x/9"}',
        '{"schema": "hotclub.baseline/1", "findings": [1]}',
        '{"schema": "hotclub.baseline/1", "findings": [{"code": 1}]}',
    ],
)
def test_what_is_no_baseline_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(HotclubError, match=r"x\.json is no baseline .*--write-baseline"):
        Baseline.read(tmp_path / "x.json")


def test_no_baseline(tmp_path: Path) -> None:
    with pytest.raises(HotclubError, match="cannot be read"):
        Baseline.read(tmp_path / "none.json")
    with pytest.raises(HotclubError, match="cannot be written"):
        baseline(tmp_path / "nowhere")
