"""`len()` and the truth of a queryset whose rows nobody looks at."""

from __future__ import annotations

import pytest

from hotclub.doctor.finding import Place
from hotclub.fix import render
from tests.fix.fixing import Files, finding, planned


def asked(files: Files, code: str, place: Place):
    return finding("", place, code=code, path=(), trigger=(place,), advice="ask", shape="all")


def after(root, code: str, text: str) -> str:
    files = Files(root)
    files.add("a.py", text)
    result = planned(root, asked(files, code, files.place("a.py")))
    assert not result.refusals, result.refusals[0].reason
    (fix,) = result.fixes
    assert fix.kind == "automatic" and not fix.must_gain
    return render(result.fixes, root)["a.py"]


WRITTEN = {
    "HC302 n = «len(Book.objects.filter(a=1))» + 1": "n = Book.objects.filter(a=1).count() + 1",
    "HC302 n = «len( rows )»": "n = rows.count()",
    "HC403 if «rows»: pass": "if rows.exists(): pass",
    "HC403 if not «rows»: pass": "if not rows.exists(): pass",
    "HC403 if a and not «self.rows» or b: pass": "if a and not self.rows.exists() or b: pass",
    "HC403 x = 1 if «f(a).all()» else 2": "x = 1 if f(a).all().exists() else 2",
    "HC403 x = «bool(rows)»": "x = rows.exists()",
    "HC403 while «rows»: pass": "while rows.exists(): pass",
}


@pytest.mark.parametrize("case", WRITTEN)
def test_in_code(case, tmp_path):
    code, _, text = case.partition(" ")
    assert after(tmp_path, code, f"{text}  # ä\n") == f"{WRITTEN[case]}  # ä\n"


REFUSED = [
    "HC302 n = «len(a or b)»",
    "HC302 n = «size(rows)»",
    "HC302 n = «len(*rows)»",
    "HC403 x = «rows» or 3",
    "HC403 x = «rows»",
    "HC403 if «a[0]»: pass",
]


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_plain(case, tmp_path):
    code, _, text = case.partition(" ")
    files = Files(tmp_path)
    files.add("a.py", f"{text}\n")
    reason = planned(tmp_path, asked(files, code, files.place("a.py"))).refusals[0].reason
    assert "plainly" in reason


TEMPLATES = {
    "HC302 <p>{{ a.rows|length }} of {{ n }}</p>": "<p>{{ a.rows.count }} of {{ n }}</p>",
    "HC302 {% if rows|length > 3 %}": "{% if rows.count > 3 %}",
    "HC403 {% if rows %}a{% endif %}": "{% if rows.exists %}a{% endif %}",
}


@pytest.mark.parametrize("case", TEMPLATES)
def test_in_templates(case, tmp_path):
    code, _, text = case.partition(" ")
    files = Files(tmp_path)
    files.add("list.html", f"\n{text}\r\n")
    one = asked(files, code, Place("template", "list.html", True, 2))
    result = planned(tmp_path, one)
    assert render(result.fixes, tmp_path) == {"list.html": f"\n{TEMPLATES[case]}\r\n"}


@pytest.mark.parametrize(
    "case",
    ["HC302 {{ a|length }}{{ b|length }}", "HC302 {{ a|join:b|length }}", "HC403 {% if a or b %}"],
)
def test_templates_that_are_not_plain(case, tmp_path):
    code, _, text = case.partition(" ")
    files = Files(tmp_path)
    files.add("list.html", text)
    one = asked(files, code, Place("template", "list.html", True, 1))
    assert "plainly" in planned(tmp_path, one).refusals[0].reason


def test_what_may_be_given_a_list_is_offered(tmp_path):
    files = Files(tmp_path)
    files.add("a.py", "rows = «Book.objects.all()»\n")
    files.add("b.py", "def size(rows):\n    return «len(rows)»\n")
    trigger = files.place("b.py", qualname="size")
    one = finding("", files.place("a.py"), code="HC302", trigger=(trigger,), advice="ask")
    assert [fix.kind for fix in planned(tmp_path, one).fixes] == ["offered"]


def test_installed_code_asks(tmp_path):
    files = Files(tmp_path)
    files.add("a.py", "«len(rows)»\n")
    one = asked(files, "HC302", files.place("a.py", in_project=False))
    assert planned(tmp_path, one).refusals[0].reason == "installed code asks; ask"
