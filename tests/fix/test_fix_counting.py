"""A number read, changed and saved: F() is offered where nobody can meet the expression."""

from __future__ import annotations

import pytest

from hotclub.doctor.finding import Finding, Step
from hotclub.fix import Plan, plan, render
from hotclub.fix._known import Column, Model
from hotclub.proof._steps import steps
from tests.fix.fixing import Files, finding

HEAD = "from django.db import models\n\n\n"


COLUMNS = {
    "pages": Column("IntegerField"), "title": Column("CharField"), "price": Column("DecimalField"),
    "rating": Column("FloatField"), "stock": Column("IntegerField", True),
    "author": Column("ForeignKey"), "author_id": Column("ForeignKey"),
}  # fmt: skip


def race(files: Files, **changed) -> Finding:
    path = (Step("pages", "column", "shop.Book"),)
    known = {"code": "HC401", "path": path, "shape": "race", "advice": "use F()", **changed}
    known.setdefault("trigger", (files.place("a.py"),))
    return finding("", model="shop.Book", **known)


def offer(files: Files, one: Finding, hooks=()) -> Plan:
    known = {"hooks": {"save": hooks}, "columns": COLUMNS}
    model = Model("shop.models", "Book", "objects", frozenset(), **known)
    return plan([one], files.root, django=(5, 2), models=lambda _: model)


def view(*lines: str) -> str:
    return "".join(["def view(request, pk):\n", *(f"    {line}\n" for line in lines)])


GET = "book = Book.objects.get(pk=pk)"
WRITTEN = {
    "«book.pages» += 1": 'book.pages = models.F("pages") + 1',
    "«book.pages» -= 1 + int(pk)  # ä": 'book.pages = models.F("pages") - (1 + int(pk))  # ä',
    "«book.pages» += (len(pk) - 1)": 'book.pages = models.F("pages") + (len(pk) - 1)',
    "«book.pages» += -1": 'book.pages = models.F("pages") + (-1)',
    "«book.pages» = book.pages + len(book.title)":
        'book.pages = models.F("pages") + len(book.title)',
    "«book.pages» = 3 - int(pk) - book.pages": 'book.pages = 3 - int(pk) - models.F("pages")',
    "«book.pages» = (book.pages + 1)": 'book.pages = (models.F("pages") + 1)',
    "«book.pages = book.pages - int(pk)»": 'book.pages = models.F("pages") - int(pk)',
}  # fmt: skip


@pytest.mark.parametrize("text", WRITTEN)
@pytest.mark.parametrize("save", ["book.save()", 'book.save(update_fields=["pages"])'])
def test_it_is_offered(text, save, tmp_path):
    files = Files(tmp_path)
    files.add("a.py", HEAD + view(GET, text, save, 'return redirect("x", book.pk)'))
    result = offer(files, race(files))
    assert not result.refusals, result.refusals[0].reason
    (fix,) = result.fixes
    assert fix.kind == "offered" and steps(fix) == () and not fix.must_gain
    after = view(GET, WRITTEN[text], save, 'return redirect("x", book.pk)')
    assert render([fix], tmp_path) == {"a.py": HEAD + after}


def test_the_import_is_added_once(tmp_path):
    files = Files(tmp_path)
    lines = ["«book.pages» += 1", "book.save()"]
    files.add("a.py", "from a import b\n\n\n" + view(GET, *lines) + view(GET, *lines))
    one, other = (race(files, trigger=(files.place("a.py", n),)) for n in (0, 1))
    fixes = [*offer(files, one).fixes, *offer(files, other).fixes]
    text = render(fixes, tmp_path)["a.py"]
    assert text.startswith("from a import b\nfrom django.db.models import F\n\n\n")
    assert text.count('book.pages = F("pages") + 1\n') == 2


KEPT = {
    "loaded in a loop": ["for pk in f():", f"    {GET}", "    if book.pages < 9:",
                         "        «book.pages» += 1", "        book.save()"],
    "asked before": [GET, "if book is None or book.is_old():", "    return",
                     "«book.pages» += 1", "book.save()", "return book.title"],
    "the first of some": ["book = rows.filter(a=pk).first()", "«book.pages» += 1", "book.save()"],
    "a shortcut": ["book = get_object_or_404(Book, pk=pk)", "«book.pages» += 1", "book.save()"],
    "created if need be": ["book, _ = Book.objects.get_or_create(pk=pk)", "«book.pages» += 1",
                           "book.save()"],
}  # fmt: skip


@pytest.mark.parametrize("case", KEPT)
def test_what_a_function_keeps_to_itself(case, tmp_path):
    files = Files(tmp_path)
    files.add("a.py", HEAD + view(*KEPT[case]))
    result = offer(files, race(files))
    assert not result.refusals, result.refusals[0].reason
    assert 'pages = models.F("pages") + 1\n' in render(result.fixes, tmp_path)["a.py"]


SAVED = ["«book.pages» += 1", "book.save()"]
HELD = {
    "read afterwards": [GET, *SAVED, "return book.pages"],
    "shown": [GET, *SAVED, 'return render(request, "a.html", {"book": book})'],
    "shown, by a name": [GET, 'context = {"book": book}', *SAVED, "return context"],
    "its method": [GET, *SAVED, "return book.url()"],
    "shown with everything": [GET, *SAVED, 'return render(pk, "a.html", locals())'],
    "its property": [GET, *SAVED, "if book.is_sold_out:", "    return 1"],
    "its property, before it is saved": [GET, SAVED[0], "if book.is_sold_out:", "    return 1",
                                         SAVED[1]],
    "its property in the change": [GET, "«book.pages» += int(book.half)", SAVED[1]],
    "its own number in the change": [GET, "«book.pages» += int(book.pages)", SAVED[1]],
    "what a relation leads to": [GET, *SAVED, "return book.author.name"],
    "asked whether it is true": [GET, *SAVED, "if book:", "    return 1"],
    "read by a function in it": [GET, "def shown():", "    return book.pages", *SAVED,
                                 "return shown()"],
    "read by a lambda": [GET, "shown = lambda: book.pages", *SAVED, "return shown()"],
    "saved again": [GET, *SAVED, "book.save()"],
    "changed twice": [GET, "book.pages += 1", *SAVED],
    "one that may be new": ["book = Book.objects.filter(slug=pk).first()", "if book is None:",
                            "    book = Book(slug=pk, pages=0)", *SAVED],
    "one that is new or not": ["book = Book.objects.first() or Book()", *SAVED],
    "bound by with": [GET, "with f() as book:", "    pass", *SAVED],
    "bound by a walrus": [GET, "if (book := f()):", "    pass", *SAVED],
    "bound by a loop": ["for book in Book.objects.all():", *(f"    {one}" for one in SAVED)],
    "bound elsewhere, too": ["global book", GET, *SAVED],
    "of the project's function": ["book = get_cart(pk)", *SAVED],
    "of the view's method": ["book = pk.get_object()", *SAVED],
    "of a mapping": ["book = kept.get(pk)", *SAVED],
    "of a class's mapping": ["book = Book.kept.get(pk)", *SAVED],
    "maybe prefetched": ["book = pk.books.all().first()", *SAVED],
    "whether it was created": ["_, book = Book.objects.get_or_create(pk=pk)", *SAVED],
    "both": ["book = Book.objects.get_or_create(pk=pk)", *SAVED],
    "its own list": ["books = list(f())", "for book in books[:3]:",
                     *(f"    {one}" for one in SAVED)],
    "a relation": ["page = Page.objects.get(pk=pk)", "«page.book.pages» += 1", "page.book.save()"],
    "in a list": ["books = f()", "book = books[0]", *SAVED],
    "of a list that is shown": ["books = f()", "for book in books:",
                                *(f"    {one}" for one in SAVED), "return books"],
    "read in the next round": [GET, "for n in f():", "    print(book.pages)",
                               *(f"    {one}" for one in SAVED)],
    "given": ["book = pk", *SAVED],
}  # fmt: skip


@pytest.mark.parametrize("case", HELD)
def test_what_is_read_elsewhere(case, tmp_path):
    files = Files(tmp_path)
    files.add("a.py", view(*HELD[case]))
    result = offer(files, race(files))
    assert not result.fixes
    assert "refresh_from_db()" in result.refusals[0].reason, result.refusals[0].reason


PLAIN = {
    "«self.pages» += 1\n    self.save()": "not plainly loaded",
    "«request.pages» += 1\n    request.save()": "not plainly loaded",
    f"{GET}\n    «book.pages» += 1": "no book.save() follows in the same block",
    f"{GET}\n    «book.pages» += 1\n    book.save(force_insert=True)": "no book.save() follows",
    f"{GET}\n    «book.pages» //= 2\n    book.save()": "no sum",
    f"{GET}\n    «book.pages» = min(book.pages, 3)\n    book.save()": "no sum",
    f"{GET}\n    «book.pages» *= 2\n    book.save()": "no sum",
    f"{GET}\n    «book.pages» = book.pages * 2\n    book.save()": "no sum",
    f"{GET}\n    «book.pages» += 0.5\n    book.save()": "«0.5» is not plainly a whole number",
    f"{GET}\n    «book.pages» += pk\n    book.save()": "«pk» is not plainly a whole number",
    f"{GET}\n    «book.pages» = book.pages + 1 * pk\n    book.save()": "not plainly a whole",
    f"{GET}\n    «book.pages» = book.pages - 1 - pk\n    book.save()": "not plainly a whole",
    f"{GET}\n    «book.price» += 1\n    book.save()": "price may hold something else",
    f"{GET}\n    «book.rating» += 1\n    book.save()": "rating may hold something else",
    f"{GET}\n    «book.stock» += 1\n    book.save()": "stock may hold something else",
    f"{GET}\n    «book.half» += 1\n    book.save()": "half may hold something else",
    f"{GET}\n    «book.pages» = book.pages * book.pages\n    book.save()": "no sum",
    f"{GET}\n    «book.pages» += 1\n    if pk:\n        book.save()": "no book.save() follows",
}


@pytest.mark.parametrize("text", PLAIN)
def test_what_is_not_plain(text, tmp_path):
    files = Files(tmp_path)
    files.add("a.py", view(text))
    result = offer(files, race(files))
    assert not result.fixes and PLAIN[text] in result.refusals[0].reason


def test_what_is_run_when_it_is_saved(tmp_path):
    files = Files(tmp_path)
    files.add("a.py", view(GET, *SAVED))
    (refusal,) = offer(files, race(files), hooks=("Book.save()",)).refusals
    assert refusal.reason == (
        "Book.save() is run when it is saved, and would see an expression instead of a number; "
        "use F()"
    )


def test_code_of_others_and_an_f_of_ones_own(tmp_path):
    files = Files(tmp_path)
    files.add("a.py", view(GET, *SAVED) + "\n\nF = 3\n")
    theirs = race(files, trigger=(files.place("a.py", in_project=False),))
    assert "installed code" in offer(files, theirs).refusals[0].reason
    assert "called F" in offer(files, race(files)).refusals[0].reason
