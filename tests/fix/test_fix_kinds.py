"""Three kinds of fixes: what lands by itself, what is only shown, and how to ask for it."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import pytest
from rich.console import Console

from hotclub.cli._fix_json import as_json
from hotclub.cli._fix_offers import Choice, show_offers
from hotclub.cli._fix_report import show_plan
from hotclub.errors import HotclubError
from hotclub.fix import Fix, Plan, Replacement, fitting, render
from hotclub.proof import PageProof, Proof, Rejection, Timing, Verdict
from tests.fix.fixing import Files, finding, planned

TEXT = 'def view():\n    rows = «Product.objects.all()»\n    return len(rows), "ä"\n'


def replacing(files: Files, before: str, after: str, path: str = "a.py", kind="offered") -> Fix:
    """A fix that replaces some text."""
    text = files.plain[path].removeprefix("\ufeff")
    start = text.index(before)
    one = Replacement(path, files.digest(path), start, start + len(before), after)
    seen = finding("", files.place(path), code="HC403")
    return Fix(path, files.place(path), (), (seen,), f"{path}: {after}", (), kind, (one,))


@pytest.fixture
def files(tmp_path):
    made = Files(tmp_path)
    made.add("a.py", TEXT)
    return made


def eager(files: Files, lookup: str = "tags", path: str = "a.py") -> Fix:
    return planned(files.root, finding(lookup, files.place(path))).fixes[0]


def test_what_is_replaced_and_what_is_called_compose(files):
    fixes = [replacing(files, "len(rows)", "rows.count()"), eager(files), eager(files, "category")]
    text = render(fixes, files.root)["a.py"]
    assert text == (
        "def view():\n"
        '    rows = Product.objects.all().select_related("category").prefetch_related("tags")\n'
        '    return rows.count(), "ä"\n'
    )
    assert render(fixes[::-1], files.root)["a.py"] == text


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_every_other_byte_stays(newline, tmp_path):
    files = Files(tmp_path)
    files.add("a.py", "\ufeff" + TEXT.replace("\n", newline))
    files.add("list.html", "\ufeff{# ä #}" + newline + "{{ «x.count» }}\t")
    after = render(
        [
            replacing(files, "len(rows)", "rows.count()"),
            replacing(files, "x.count", "x.n", path="list.html"),
        ],
        tmp_path,
    )
    plain = files.plain["a.py"]
    assert after["a.py"] == plain.replace("len(rows)", "rows.count()")
    assert after["list.html"] == files.plain["list.html"].replace("x.count", "x.n")


def test_what_does_not_fit_beside_the_first_is_refused(files):
    one, other = replacing(files, "len(rows)", "0"), replacing(files, "rows), ", "1)")
    kept, refusals = fitting([one, other], files.root)
    assert kept == (one,)
    assert [refusal.finding for refusal in refusals] == list(other.findings)
    assert "layout" in refusals[0].reason


def test_a_file_that_changed_meanwhile(files):
    one = replacing(files, "len(rows)", "0")
    (files.root / "a.py").write_text("x = 1\n")
    with pytest.raises(HotclubError, match="has changed since it was recorded"):
        render([one], files.root)


def test_text_that_would_not_parse(files):
    assert fitting([replacing(files, "len(rows)", "len(")], files.root)[0] == ()


def plan_of(files: Files) -> Plan:
    return Plan((eager(files), replacing(files, "len(rows)", "rows.count()")), ())


def test_offers_stay_away_until_asked_for(files):
    plan = plan_of(files)
    unasked = Choice.of(plan, [], files.root)
    assert unasked.fixes == plan.unasked == plan.fixes[:1]
    assert unasked.left == plan.offered == plan.fixes[1:]
    for name in ("HC403", "a.py:2", "all"):
        asked = Choice.of(plan, [name], files.root)
        assert (asked.fixes, asked.left) == (plan.fixes, ())


def test_an_offer_that_fits_to_nothing_else_gives_way(files):
    plan = Plan((eager(files), replacing(files, "all()\n", "f()\n")), ())
    both = Choice.of(plan, ["all"], files.root)
    assert both.fixes == plan.fixes[:1]
    assert [refusal.finding.code for refusal in both.refusals] == ["HC403"]


def test_asking_for_what_is_not_there(files):
    with pytest.raises(HotclubError, match=r"HC999: no such edit is offered; .* HC403, a\.py:2"):
        Choice.of(plan_of(files), ["HC999"], files.root)
    with pytest.raises(HotclubError, match="nothing is"):
        Choice.of(Plan((), ()), ["HC999"], files.root)


def test_the_report_says_which(files):
    out = io.StringIO()
    console = Console(file=out, width=100)
    plan = plan_of(files)
    show_plan(plan, console)
    show_offers(plan.offered, files.root, console)
    text = out.getvalue()
    assert text.index("Automatic:") < text.index("prefetch_related")
    assert text.index("Offered:") < text.index("a.py: rows.count()")
    assert "Offered, not written: 1 edit" in text
    assert '-    return len(rows), "ä"\n+    return rows.count(), "ä"' in text
    assert "«hotclub fix --offered a.py:2»" in text


def test_json_says_which(files):
    plan = plan_of(files)
    undone = replace(eager(files, "category"), kind="witnessed")
    choice = Choice((plan.fixes[0], undone), plan.offered, ())
    timing = Timing(40.0, 8.0, 0.2, 0.0, float("inf"), 3)
    page = PageProof("GET /", None, Verdict("equal"), 51, 2, timing)
    proof = Proof(plan.fixes[:1], (Rejection(undone, "slower"),), (page,), {})
    told = json.loads(json.dumps(as_json(choice, proof, files.root), allow_nan=False))
    assert told["schema"] == "hotclub.fix/1"
    assert [(one["kind"], one["outcome"], one["reason"]) for one in told["fixes"]] == [
        ("automatic", "proved", ""),
        ("witnessed", "undone", "slower"),
        ("offered", "offered", ""),
    ]
    assert told["pages"][0]["timing"]["high"] is None
    assert told["fixes"][2]["codes"] == ["HC403"]
    assert "+    return rows.count()" in told["fixes"][2]["diff"]
