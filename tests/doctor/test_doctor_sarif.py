"""SARIF: valid by the schema, and true: places, columns, fingerprints, suppressions."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes, urljoin, urlsplit

import pytest

from hotclub.doctor import (
    Diagnosis,
    Evidence,
    Finding,
    IndexedStatement,
    MissingIndex,
    Place,
    Step,
)
from hotclub.doctor.codes import CODES
from hotclub.doctor.finding import SpareIndex
from hotclub.doctor.report import sarif, write_sarif
from hotclub.doctor.report._sarif_rules import RULES
from hotclub.doctor.silence import Baseline, Selection, fingerprint, identify, silence
from hotclub.errors import HotclubError
from tests.doctor.sarif_schema import KIT, problems

SOURCE = "def shelf(request):\n    𝄞 = 'é𝄞'; books = Book.objects.filter(\n        name='𝄞𝄞')\n"
EXPRESSION = Place("call", "books/views.py", True, 2, 22, 3, 18, "shelf")
TRIGGER = (
    Place("template", "templates/a b%.html", True, 7),
    Place("line", "books/views.py", True, 3),
)
EVIDENCE = Evidence(9, 9, 9, 9, "SELECT '{0}' [x](1)\n\x00😀", ("GET /?q=\U0001f600",))
STATEMENT = IndexedStatement("SELECT 1", 2, 9.0, 0.1, ("GET /",), 900.0, 3.0)
MISSING = MissingIndex(
    "i", "books_book", ("new",), ("new",), "books", "default", (STATEMENT,), 9, 1.0, None
)
SPARE = SpareIndex("i", "books_book", ("new",), "books", "default", 9, "Meta.indexes")  # fmt: skip


def finding(code: str = "HC101", **values: object) -> Finding:
    path = (Step("author", "forward_key"),)
    made = Finding(
        code, CODES[code], (EXPRESSION,), TRIGGER, path, {}, "books.Book", EVIDENCE, 9, 8, 9
    )
    return replace(made, **values)  # type: ignore[arg-type]


def of_every_code() -> list[Finding]:
    """One finding of each code, as much of it filled in as the rules fill."""
    known: dict[str, dict[str, object]] = {
        code: {"path": (), "advice": "do it otherwise", "shape": "setting"}
        for code in CODES
        if code[2] in "456"
    }
    known["HC701"] = {"path": (), "index": MISSING}
    known |= {
        code: {"path": (), "expression": (), "trigger": (), "spare": SPARE, "gain_ms": 0.0}
        for code in ("HC702", "HC703", "HC704")
    }
    return [finding(code, **known.get(code, {})) for code in CODES]


def log_of(tree: Path, *found: Finding, **values: Any) -> dict[str, Any]:
    for name, text in (("books/views.py", SOURCE), ("templates/a b%.html", "x\n")):
        (tree / name).parent.mkdir(exist_ok=True)
        (tree / name).write_text(text, encoding="utf-8")
    diagnosis = replace(Diagnosis(tree, found, (), (), 1, 1), **values)
    return sarif(diagnosis, tree)


def results(log: dict[str, Any]) -> list[dict[str, Any]]:
    return log["runs"][0]["results"]  # type: ignore[no-any-return]


@KIT
def test_findings_of_every_code_are_valid(tmp_path: Path) -> None:
    log = log_of(tmp_path, *of_every_code(), notes=("a {note}",), sampled=("it",))
    assert problems(log) == []
    assert [result["ruleId"] for result in results(log)] == list(CODES)
    rules = log["runs"][0]["tool"]["driver"]["rules"]
    assert all(rules[one["ruleIndex"]]["id"] == one["ruleId"] for one in results(log))


@KIT
def test_the_schema_is_really_asked(tmp_path: Path) -> None:
    log = log_of(tmp_path, finding())
    results(log)[0]["level"] = "grave"
    results(log)[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] = "a b"
    assert len(problems(log)) == 2


def test_every_code_is_a_rule() -> None:
    assert list(RULES) == list(CODES)
    assert len({name for name, _, _ in RULES.values()}) == len(RULES)


def test_columns_are_utf_16_and_begin_at_1(tmp_path: Path) -> None:
    (result,) = results(log_of(tmp_path, finding()))
    (location,) = result["locations"]
    assert location["physicalLocation"]["artifactLocation"] == {
        "uri": "books/views.py",
        "uriBaseId": "%SRCROOT%",
    }
    region = location["physicalLocation"]["region"]
    lines = [line.encode("utf-16-le") for line in SOURCE.split("\n")]
    first = lines[region["startLine"] - 1][2 * (region["startColumn"] - 1) :].decode("utf-16-le")
    last = lines[region["endLine"] - 1][: 2 * (region["endColumn"] - 1)].decode("utf-16-le")
    assert first == SOURCE.split("\n")[1][22:]
    assert last == "        name='𝄞𝄞')"


@pytest.mark.parametrize("how", ["changed", "gone", "shorter"])
def test_no_columns_in_a_source_that_is_another(tmp_path: Path, how: str) -> None:
    place = {
        "changed": replace(EXPRESSION, sha256="0" * 64),
        "gone": replace(EXPRESSION, path="books/gone.py"),
        "shorter": replace(EXPRESSION, end_column=99),
    }[how]
    (result,) = results(log_of(tmp_path, finding(expression=(place,))))
    region = result["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 2, "endLine": 3}


def test_a_form_feed_ends_no_line(tmp_path: Path) -> None:
    log_of(tmp_path)
    (tmp_path / "books/feed.py").write_text("\x0c\r\nx = '\x85'\r\n    y = f()\r\n", newline="")
    place = replace(EXPRESSION, path="books/feed.py", line=3, column=8, end_line=3, end_column=11)
    (result,) = results(log_of(tmp_path, finding(expression=(place,))))
    region = result["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 3, "startColumn": 9, "endLine": 3, "endColumn": 12}


HOSTILE = [
    'a b"c',
    "per%20cent",
    "new\nline",
    "𝄞/é",
    "a:b#c?d",
    os.fsdecode(b"\xff"),
    "back\\slash",
]


@KIT
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names(tmp_path: Path, name: str) -> None:
    root = tmp_path / name
    inside = Place("call", f"{name}.py", True, 1, 0, 1, 1, name)
    outside = Place("class", f"/site-packages/{name}", False, 1, qualname=name, attribute="x")
    step = Step(name, "forward_key")
    log = sarif(
        Diagnosis(
            root,
            (finding(expression=(inside,), trigger=(outside,), path=(step,), model=name),),
            (), (), 1, 1, notes=(name,),
        ),
        root, [name],
    )  # fmt: skip
    write_sarif(tmp_path / "log.sarif", log)
    read = json.loads((tmp_path / "log.sarif").read_bytes())
    assert problems(read) == []
    base = read["runs"][0]["originalUriBaseIds"]["%SRCROOT%"]["uri"]
    physical = results(read)[0]["locations"][0]["physicalLocation"]
    whole = urlsplit(urljoin(base, physical["artifactLocation"]["uri"])).path
    assert unquote_to_bytes(whole) == os.fsencode(root / f"{name}.py")
    assert "\n" not in results(read)[0]["message"]["text"]


def test_what_sarif_would_take_for_placeholders_and_links(tmp_path: Path) -> None:
    evidence = replace(EVIDENCE, detail="{0} of a[b](c) [d]")
    (result,) = results(log_of(tmp_path, finding(evidence=evidence)))
    assert "{{0}} of a\\[b](c) [d]" in result["message"]["text"]


def test_the_message_says_what_where_and_the_gain(tmp_path: Path) -> None:
    (result,) = results(log_of(tmp_path, finding()))
    assert result["message"]["text"] == (
        "author (foreign key) loaded one by one for 9 instances: 9 queries, 9.0 ms; the expression "
        "is at books/views.py:2 in shelf; triggered at templates/a b%.html:7. "
        'Add .select_related("author") to save 9 queries and about 8.0 of 9.0 ms in a request.'
    )
    (other,) = results(log_of(tmp_path, finding("HC402", path=(), advice="use filter()")))
    assert other["message"]["text"].endswith(
        "Predicted: to save 9 queries and about 8.0 of 9.0 ms in a request. Use filter()."
    )


def test_the_way_from_the_expression_to_the_trigger(tmp_path: Path) -> None:
    inner = Place("call", "books/models.py", True, 9, qualname="Shelf.get_queryset")
    outer = Place("call", "books/models.py", True, 12, qualname="Shelf.near")
    caller = Place("call", "books/urls.py", True, 1)
    found = finding(expression=(EXPRESSION, inner, outer, caller), climbed=2)
    (result,) = results(log_of(tmp_path, found))

    def where(locations: list[dict[str, Any]]) -> list[tuple[str, int]]:
        physical = [location["physicalLocation"] for location in locations]
        return [(p["artifactLocation"]["uri"], p["region"]["startLine"]) for p in physical]

    (flow,) = result["codeFlows"][0]["threadFlows"]
    helpers, trigger = [("books/models.py", 12), ("books/models.py", 9)], "templates/a%20b%25.html"
    assert where([step["location"] for step in flow["locations"]]) == [
        ("books/views.py", 2), *helpers, ("books/views.py", 3), (trigger, 7),
    ]  # fmt: skip
    assert where(result["relatedLocations"]) == [*helpers, (trigger, 7)]
    assert [one["id"] for one in result["relatedLocations"]] == [1, 2, 3]


def test_no_milliseconds_that_nobody_measured(tmp_path: Path) -> None:
    (result,) = results(log_of(tmp_path, finding(measured=False, cost_ms=0, gain_ms=0)))
    assert "cost_ms" not in result["properties"] and result["properties"]["queries_saved"] == 9


def test_fingerprints_are_the_baselines(tmp_path: Path) -> None:
    found = [finding(), finding(), finding("HC102")]
    first, again, other = (
        one["partialFingerprints"]["hotclub/v1"] for one in results(log_of(tmp_path, *found))
    )
    known = fingerprint(identify(found[0], tmp_path))
    assert (first, again) == (f"{known}:1", f"{known}:2")
    assert other.partition(":")[0] != known


@KIT
def test_what_is_silenced_is_suppressed(tmp_path: Path) -> None:
    log_of(tmp_path)
    known, ignored, new = finding(), finding("HC102"), finding("HC103")
    Baseline.write(tmp_path / "known", [identify(known, tmp_path)])
    wanted = Selection(ignore=("HC2",), baseline=Baseline.read(tmp_path / "known"))
    (tmp_path / "templates/a b%.html").write_text("\n" * 6 + "{# hotclub: ignore[HC102] #}")
    diagnosis = Diagnosis(tmp_path, (known, ignored, new, finding("HC201")), (), (), 1, 1)
    log = sarif(silence(diagnosis, tmp_path, wanted), tmp_path)
    assert problems(log) == []
    assert [(one["ruleId"], one["suppressions"]) for one in results(log)] == [
        ("HC103", []),
        ("HC101", [{"kind": "external"}]),
        ("HC102", [{"kind": "inSource"}]),
    ]


def test_nothing_is_left_of_a_log_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(HotclubError, match="SARIF cannot be written to .*taken"):
        write_sarif(tmp_path / "taken", log_of(tmp_path / "taken"))
    with pytest.raises(HotclubError, match="give --sarif another file"):
        write_sarif(tmp_path / ("x" * 300), {})
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]
