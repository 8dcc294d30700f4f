"""Eager loading that nothing looks at is offered to be taken out where it is written."""

from __future__ import annotations

import pytest

from hotclub.doctor.finding import Finding, Place
from hotclub.fix import render
from hotclub.proof._steps import steps
from tests.fix.fixing import Files, finding, planned

ADVICE = "take it out"


def unused(lookup: str, *places: Place, **changed) -> Finding:
    return finding(lookup, *places, code="HC105", shape="eager", advice=ADVICE, **changed)


def offered(root, text: str, *lookups: str, **changed) -> str:
    """The file without those lookups, all by one edit."""
    files = Files(root)
    files.add("a.py", text)
    places = [files.place("a.py", number) for number in range(len(files.spans["a.py"]))]
    result = planned(root, *(unused(one, *places, **changed) for one in lookups))
    assert not result.refusals, result.refusals[0].reason
    (fix,) = result.fixes
    assert fix.kind == "offered" and steps(fix) == () and not fix.must_gain
    return render([fix], root)["a.py"]


WRITTEN = {
    'rows = «P.objects.filter(a=1)».select_related("author").order_by("b")[:9]  # ä': (
        'rows = P.objects.filter(a=1).order_by("b")[:9]  # ä'
    ),
    "rows = «P.objects.select_related('author', 'category')»": (
        "rows = P.objects.select_related('category')"
    ),
    'rows = «P.objects.select_related("category", "author")»': (
        'rows = P.objects.select_related("category")'
    ),
    'rows = «P.objects.select_related("author")»': "rows = P.objects.all()",
    'rows = «P.objects.select_related("author")».listed()': "rows = P.objects.all().listed()",
    'rows = «P.objects.select_related("author")».get(pk=1)': "rows = P.objects.get(pk=1)",
    'rows = «shelf.books.prefetch_related("author__tags")»': (
        'rows = shelf.books.all()'
    ),
    'rows = «P.objects.all()».prefetch_related(Prefetch("author"), "tags")': (
        'rows = P.objects.all().prefetch_related("tags")'
    ),
    'rows = (\n    «P.objects  # those\n    .select_related("author")».order_by("a")\n)': (
        'rows = (\n    P.objects  # those\n    .order_by("a")\n)'
    ),
    'rows = (\n    «P.objects\n    .select_related("author")»\n    .order_by("a")\n)': (
        'rows = (\n    P.objects\n    .order_by("a")\n)'
    ),
    'rows = «P.objects.filter(\n    a=1\n)».select_related(\n    "author",  # ä\n    "tags",\n)': (
        'rows = P.objects.filter(\n    a=1\n).select_related(\n    "tags",\n)'
    ),
    'rows = «P.objects.select_related(\n    "category",\n    "author",\n)».all()': (
        'rows = P.objects.select_related(\n    "category",\n).all()'
    ),
}  # fmt: skip


@pytest.mark.parametrize("text", WRITTEN)
def test_one_lookup(text, tmp_path):
    assert offered(tmp_path, f"{text}\n", "author") == f"{WRITTEN[text]}\n"


def test_what_lies_behind_goes_and_what_leads_there_stays(tmp_path):
    text = 'rows = «P.objects.prefetch_related("reviews__author__tags", "tags")»\n'
    after = offered(tmp_path, text, "reviews__author", "reviews__author__tags")
    assert after == 'rows = P.objects.prefetch_related("reviews", "tags")\n'


def test_what_another_lookup_implies_is_not_said_again(tmp_path):
    text = 'rows = «P.objects.prefetch_related("reviews__author", "reviews__tags", "reviews")»\n'
    assert offered(tmp_path, text, "reviews__author", "reviews__tags") == (
        'rows = P.objects.prefetch_related("reviews")\n'
    )


def test_several_of_several_calls(tmp_path):
    text = 'rows = «P.objects.select_related("author", "category")».prefetch_related("tags")\n'
    assert offered(tmp_path, text, "author", "tags", "category") == "rows = P.objects.all()\n"


CALLER = "def listed():\n    return «P.objects.all()»\n\n\nrows = «listed()»"


def test_a_caller_that_adds_it(tmp_path):
    files = Files(tmp_path)
    files.add("a.py", f'{CALLER}.prefetch_related("tags")\n')
    places = [files.place("a.py", 0, qualname="listed"), files.place("a.py", 1)]
    (fix,) = planned(tmp_path, unused("tags", *places)).fixes
    assert render([fix], tmp_path) == {"a.py": f"{CALLER}\n".replace("«", "").replace("»", "")}


METHOD = """class Rows(View):
    def get_queryset(self):
        rows = «super().get_queryset()»
        if self.all:
            return rows.select_related("author").prefetch_related("tags")
        return rows
"""


def test_the_name_that_it_is_given(tmp_path):
    after = offered(tmp_path, METHOD, "author")
    assert '            return rows.prefetch_related("tags")\n' in after


def test_a_name_that_something_else_is_given_too(tmp_path):
    files = Files(tmp_path)
    files.add("a.py", METHOD.replace("        if", "        rows = rows or other()\n        if"))
    reason = planned(tmp_path, unused("author", files.place("a.py"))).refusals[0].reason
    assert "not written out" in reason


def test_the_queryset_of_a_class(tmp_path):
    files = Files(tmp_path)
    files.add("a.py", 'class A(ListView):\n    queryset = P.objects.select_related("author")\n')
    (fix,) = planned(tmp_path, unused("author", files.klass("a.py", "A", "queryset"))).fixes
    after = render([fix], tmp_path)["a.py"]
    assert after == "class A(ListView):\n    queryset = P.objects.all()\n"


def test_the_option_of_an_admin(tmp_path):
    files = Files(tmp_path)
    text = 'class A(ModelAdmin):\n    list_select_related = ["author", "category"]\n'
    files.add("a.py", text)
    place = files.klass("a.py", "A")
    (fix,) = planned(tmp_path, unused("author", place)).fixes
    assert render([fix], tmp_path)["a.py"] == text.replace(
        '["author", "category"]', '("category",)'
    )
    (fix,) = planned(tmp_path, unused("author", place), unused("category", place)).fixes
    assert "list_select_related = ()\n" in render([fix], tmp_path)["a.py"]


@pytest.mark.parametrize(
    ("text", "changed", "reason"),
    [
        ("rows = «P.objects.select_related()»", {}, f"author is not written out where a.py:1 makes "
         f"the queryset; {ADVICE} by hand"),
        ("rows = «P.objects.prefetch_related(*NAMES)»", {}, "not written out"),
        ('rows = «P.objects.prefetch_related(Prefetch("author", to_attr="x"))»', {}, "not written"),
        ('«P.objects.prefetch_related(Prefetch("author", queryset=A.objects.filter(b=1)))»', {},
         "says which author there are"),
        ('rows = «P.objects.all()».prefetch_related(Prefetch("author", A.objects.all()), "tags")',
         {}, "says which author there are"),
        ('«P.objects.prefetch_related("author__b", Prefetch("author__tags", Q))»', {},
         "says which author__tags there are"),
        ("«P.objects.select_related('author')»", {"queryset": {"for_update": True}}, "locks"),
        ("«P.objects.select_related('author')»", {"stale": True}, "has changed"),
    ],
)  # fmt: skip
def test_refusals(text, changed, reason, tmp_path):
    files = Files(tmp_path)
    files.add("a.py", f"{text}\n")
    result = planned(tmp_path, unused("author", files.place("a.py"), **changed))
    assert not result.fixes and reason in result.refusals[0].reason
