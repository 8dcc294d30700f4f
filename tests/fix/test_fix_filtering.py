"""Conditions on rows that become a part of the query, where they say the same there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hotclub.fix import Plan, plan, render
from hotclub.fix._known import Column, Model
from hotclub.proof._steps import steps
from tests.fix.fixing import EVIDENCE, Files, finding

COLUMNS = {
    "active": Column("BooleanField"),
    "maybe": Column("BooleanField", True),
    "pages": Column("IntegerField", True),
    "title": Column("CharField"),
    "author_id": Column("ForeignKey"),
    "price": Column("FloatField"),
    "secret": Column(""),
    "name": Column("text by a collation"),
}


def filtered(root, text: str, **changed) -> Plan:
    files = Files(root)
    files.add("a.py", text)
    known = {
        "code": "HC402", "path": (), "advice": "filter", "trigger": (files.place("a.py"),),
        **changed,
    }  # fmt: skip
    model = Model("shop.models", "Book", "objects", frozenset(), columns=COLUMNS)
    one = finding("", model="shop.Book", **known)
    return plan([one], root, django=(5, 2), models=lambda _: model)


def after(root, text: str) -> str:
    result = filtered(root, text)
    assert not result.refusals, result.refusals[0].reason
    (fix,) = result.fixes
    assert fix.kind == "offered" and steps(fix) == () and not fix.must_gain
    return render([fix], root)["a.py"]


TESTS = {
    "b.active": ".filter(active=True)",
    "not b.active": ".filter(active=False)",
    "b.maybe": ".filter(maybe=True)",
    "b.title == 'x'": ".filter(title='x')",
    "self.pk == b.author_id": ".filter(author_id=self.pk)",
    "b.pages != 3": ".exclude(pages=3)",
    "b.pages is None": ".filter(pages__isnull=True)",
    "b.pages is not None and b.active": ".filter(pages__isnull=False, active=True)",
    "b.pages != n and b.active": ".filter(active=True).exclude(pages=n)",
}


@pytest.mark.parametrize("test", TESTS)
def test_in_a_comprehension(test, tmp_path):
    text = after(tmp_path, f"x = «[b.title for b in rows if {test}]»  # ä\n")
    assert text == f"x = [b.title for b in rows{TESTS[test]}]  # ä\n"


SKIPPED = {
    "not b.active": ".filter(active=True)",
    "b.active": ".filter(active=False)",
    "b.pages == 3": ".exclude(pages=3)",
    "b.title != n": ".filter(title=n)",
    "b.pages is None": ".filter(pages__isnull=False)",
    "b.pages is not None": ".filter(pages__isnull=True)",
}


@pytest.mark.parametrize("test", SKIPPED)
def test_in_a_loop(test, tmp_path):
    lines = [f"    if {test}:\n", "        continue\n"]
    head, rest = "for b in «Book.objects.all()»:\n", "    # those\n    f(b)\n"
    assert after(tmp_path, "".join([head, *lines, rest])) == (
        f"for b in Book.objects.all(){SKIPPED[test]}:\n{rest}"
    )


def test_what_goes_over_several_lines(tmp_path):
    text = "x = sum«(\n    b.pages\n    for b in Book.objects.all()\n    if b.active\n)»\n"
    assert after(tmp_path, text) == (
        "x = sum(\n    b.pages\n    for b in Book.objects.all().filter(active=True)\n)\n"
    )


REFUSED = {
    "x = «[b for b in rows if b.pages]»": "another",
    "x = «[b for b in rows if not b.maybe]»": "another",
    "x = «[b for b in rows if b.price == 0.3]»": "another",
    "x = «[b for b in rows if b.pages > 3]»": "another",
    "x = «[b for b in rows if b.active or b.maybe]»": "another",
    "x = «[b for b in rows if b.title == b.author_id]»": "another",
    "x = «[b for b in rows if b.title == f()]»": "another",
    "x = «[b for b in rows if b.title.x == 3]»": "another",
    "x = «[b for b in rows if b.secret == 'x']»": "another",
    "x = «[b for b in rows if b.secret is None]»": "another",
    "x = «[b for b in rows if b.name == 'x']»": "another",
    "for b in «rows»:\n    if b.pages == n:\n        continue\n    n = b.pages": "n may be",
    "for b in «rows»:\n    if b.pages == n:\n        continue\n    for n in b: f()": "n may be",
    "for b in «rows»:\n    if b.pages == s.n:\n        continue\n    s.n = 3": "s may be",
    "for b in «rows»:\n    if b.pages == s.n:\n        continue\n    s.a.f(b)": "s may be",
    "for b in «rows»:\n    if b.pages == s.n:\n        continue\n    f(s)": "s may be",
    "def f():\n    global n\n\nx = «[f() for b in rows if b.pages == n]»": "n may be",
    "x = «[b for b in list(rows) if b.active]»": "not plainly a queryset",
    "x = «[b for b in sorted(rows) if b.active]»": "not plainly a queryset",
    "x = «[b for b in Book.objects.iterator() if b.active]»": "not plainly a queryset",
    "x = «[b for b in self.books.all() if b.active]»": "not plainly a queryset",
    "x = «[b for b in self.books if b.active]»": "not plainly a queryset",
    "rows = author.books.all()\nx = «[b for b in rows if b.active]»": "not plainly a queryset",
    "def f(rows):\n    return «[b for b in rows if b.active]»": "not plainly a queryset",
    "rows: list = list(a)\nx = «[b for b in rows if b.active]»": "not plainly a queryset",
    "with a as rows:\n    x = «[b for b in rows if b.active]»": "not plainly a queryset",
    "rows = list(a)\nx = «[b for b in rows if b.active]»": "not plainly a queryset",
    "rows = Book.objects.all()[:3]\nx = «[b for b in rows if b.active]»": "not plainly a queryset",
    "x = «[b for b in Book.objects.distinct() if b.active]»": "not plainly a queryset",
    "x = «[b for b in Book.objects.annotate(n=Window(F)) if b.active]»": "not plainly a queryset",
    "x = «[b for b in rows if b.active if b.maybe]»": "not plain",
    "x = «[b for b in rows[:3] if b.active]»": "not plain",
    "x = «[b for b in rows if b.pages == '3']»": "another",
    "x = «[b for b in rows if b.title == 3]»": "another",
    "x = «[b for b in rows]»": "not plain",
    "for b in «rows»:\n    if b.active:\n        f(b)": "goes on to the next row",
    "for b in «rows»:\n    if b.active:\n        continue": "goes on to the next row",
}


@pytest.mark.parametrize("text", REFUSED)
def test_refusals(text, tmp_path):
    result = filtered(tmp_path, f"{text}\n")
    reason = REFUSED[text].replace("another", "may mean something else to the database")
    assert not result.fixes and reason in result.refusals[0].reason


def test_a_name_of_querysets(tmp_path):
    head = "rows = Book.objects.filter(a=1)\nif c:\n    rows = rows.order_by('b')\n"
    text = after(tmp_path, f"{head}x = «[b for b in rows if b.active]»\n")
    assert text == f"{head}x = [b for b in rows.filter(active=True)]\n"


def test_what_a_window_sees(tmp_path):
    sql = 'SELECT "id", ROW_NUMBER() OVER (ORDER BY "id") FROM "book"'
    text = "x = «[b for b in rows if b.active]»\n"
    result = filtered(tmp_path, text, evidence=replace(EVIDENCE, sql=sql))
    assert "a window would see fewer rows" in result.refusals[0].reason


@pytest.mark.parametrize("fact", ["sliced", "combinator", "distinct"])
def test_what_cannot_be_filtered(fact, tmp_path):
    result = filtered(tmp_path, "x = «[b for b in rows if b.active]»\n", queryset={fact: True})
    assert "sliced, combined or made distinct" in result.refusals[0].reason
