"""Rows written one by one: offered to be written at once where nothing else happens to them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hotclub.errors import HotclubError
from hotclub.fix import Plan, plan, render
from hotclub.fix._known import Column, Known, Model, unknown
from hotclub.proof._steps import steps
from tests.fix.fixing import EVIDENCE, Files, finding

SQL = {"create": "INSERT INTO …", "save": "UPDATE …", "delete": "DELETE FROM …"}


class Silent:
    """A project that does not answer."""

    def child(self, **_: object) -> object:
        raise HotclubError("it does not start")


HEAD = "from shop.models import Book\n\n\n"
LOOP = "for n in range(9):"
EACH = "for book in Book.objects.all():"


def written(root, text: str, sql: str, hooks=None, head: str = HEAD, models=None) -> Plan:
    files = Files(root)
    files.add("a.py", head + text)
    one = finding(
        "", code="HC406", shape="written", path=(), advice="at once", model="shop.Book",
        trigger=(files.place("a.py"),), evidence=replace(EVIDENCE, sql=sql),
    )  # fmt: skip
    columns = {name: Column("CharField") for name in ("id", "title", "pages", "data")}
    model = Model(
        "shop.models", "Book", "objects", frozenset(), hooks=hooks or {}, key="id", columns=columns
    )
    return plan([one], root, django=(5, 2), models=models or (lambda _: model))


def after(root, text: str, sql: str) -> str:
    result = written(root, text, sql)
    assert not result.refusals, result.refusals[0].reason
    (fix,) = result.fixes
    assert fix.kind == "offered" and steps(fix) == () and not fix.must_gain
    assert fix.summary.endswith("all or none of them")
    return render([fix], root)["a.py"].removeprefix(HEAD)


def view(*lines: str) -> str:
    return "".join(["def view(request):\n", *(f"    {line}\n" for line in lines)])


def test_what_is_created(tmp_path):
    text = view(
        "for n in range(9):",
        "    if n != 3:",
        "        «Book.objects.create(",
        "            title=str(n),  # ä",
        "        )»",
        "    str(n)  # done",
        "return 1",
    )
    assert after(tmp_path, text, SQL["create"]) == view(
        "book_rows = []",
        "for n in range(9):",
        "    if n != 3:",
        "        book_rows.append(Book(",
        "            title=str(n),  # ä",
        "        ))",
        "    str(n)  # done",
        "Book.objects.bulk_create(book_rows)",
        "return 1",
    )


def test_what_is_constructed_and_saved(tmp_path):
    lines = ["for n in range(9):", "    book = Book(title=n)", "    book.pages = 1"]
    assert after(tmp_path, view(*lines, "    «book.save()»"), SQL["create"]) == view(
        "book_rows = []",
        *lines,
        "    book_rows.append(book)",
        "Book.objects.bulk_create(book_rows)",
    )


@pytest.mark.parametrize("save", ["save()", 'save(update_fields=["title", "pages"])'])
def test_what_is_changed(save, tmp_path):
    lines = [EACH, '    book.title = f"{book.pk}!"', "    book.pages += 1"]
    assert after(tmp_path, view(*lines, f"    «book.{save}»"), SQL["save"]) == view(
        "book_rows = []",
        *lines,
        "    book_rows.append(book)",
        'Book.objects.bulk_update(book_rows, ["title", "pages"])',
    )


def test_what_is_changed_alike(tmp_path):
    lines = ["for book in Book.objects.filter(a=1).order_by('b'):", "    book.pages = -1",
             "    book.title = 'x'", "    «book.save()»", "", "return 1"]  # fmt: skip
    assert after(tmp_path, view(*lines), SQL["save"]) == view(
        "Book.objects.filter(a=1).order_by('b').update(pages=-1, title='x')", "", "return 1"
    )


def test_what_is_changed_twice(tmp_path):
    lines = [EACH, "    book.pages = 1", "    book.pages = 2", "    «book.save()»"]
    assert 'bulk_update(book_rows, ["pages"])' in after(tmp_path, view(*lines), SQL["save"])


def test_what_is_deleted(tmp_path):
    lines = ["for book in Book.objects.filter(a=1):", "    «book.delete()»"]
    assert after(tmp_path, view(*lines), SQL["delete"]) == view("Book.objects.filter(a=1).delete()")


def test_the_class_is_imported_where_it_is_not_known(tmp_path):
    text = view("for book in a.Novel.objects.all():", "    book.pages = n", "    «book.save()»")
    result = written(tmp_path, text, SQL["save"], head="from shop import a\n\n\n")
    assert not result.refusals, result.refusals[0].reason
    after = render(result.fixes, tmp_path)["a.py"]
    assert after.startswith("from shop import a\nfrom shop.models import Book\n\n\ndef view")


REFUSED = {
    "used": ("create", [LOOP, "    x = «Book.objects.create(a=n)»"], "gives back is used"),
    "no class": ("create", [LOOP, "    «author.books.create(a=n)»"], "no manager of a class"),
    "no name": ("create", [LOOP, "    «self.model.objects.create(a=n)»"], "not named"),
    "a helper": ("create", [LOOP, "    «_one(n)»"], "no plain create"),
    "tried": ("create", [LOOP, "    try:", "        «Book.objects.create(a=n)»",
                         "    except E:", "        pass"], "does not stand plainly"),
    "left": ("create", [LOOP, "    if n: return 3", "    «Book.objects.create(a=n)»"], "may leave"),
    "counted": ("create", [LOOP, "    f(Book.objects.count())",
                           "    «Book.objects.create(a=n)»"], "asks Book for more"),
    "used after": ("create", [LOOP, "    book = Book(a=n)", "    «book.save()»",
                              "    f(book.pk)"], "used after"),
    "forced": ("create", [LOOP, "    book = Book(a=n)", "    «book.save(force_insert=True)»"],
               "told more"),
    "handed on": ("save", [EACH, "    f(book)", "    «book.save()»"], "may change it"),
    "its method": ("save", [EACH, "    book.shorten()", "    «book.save()»"], "may change it"),
    "no column": ("save", [EACH, "    book.shown = f()", "    «book.save()»"], "which columns"),
    "nothing": ("save", [EACH, "    «book.save()»"], "which columns"),
    "asked": ("create", [LOOP, "    if not models.Book.objects.filter(title=n).exists():",
                         "        «models.Book.objects.create(title=n)»"], "asks Book for more"),
    "may ask": ("create", [LOOP, "    if not taken(n):", "        «Book.objects.create(title=n)»"],
                "taken(n) may look for what"),
    "its related": ("create", [LOOP, "    x = author.books.count()",
                               "    «Book.objects.create(title=n)»"], "may look for what"),
    "filled": ("create", [LOOP, "    row['n'] = n", "    «Book.objects.create(data=row)»"],
               "row['n'] changes, maybe in a row"),
    "grown": ("create", [LOOP, "    rows += [n]", "    «Book.objects.create(data=rows)»"],
              "rows changes, maybe in a row"),
    "copied": ("create", ["for title in titles:", "    book.pk = None", "    book.title = title",
                          "    «book.save()»"], "not plainly a new Book"),
    "made before": ("create", ["book = Book()", LOOP, "    book.title = n", "    «book.save()»"],
                    "not plainly a new Book"),
    "made at times": ("create", [LOOP, "    if n:", "        book = Book()", "    «book.save()»"],
                      "not plainly a new Book"),
    "something else": ("create", [LOOP, "    book = Proxy(n)", "    «book.save()»"],
                       "not plainly a new Book"),
    "made twice": ("create", [LOOP, "    book = Book(title=n)", "    if n:", "        book = one",
                              "    «book.save()»"], "may change it"),
    "kept": ("create", [LOOP, "    book = Book(title=n)", "    «book.save()»", "return book"],
             "outside of the loop"),
    "its key": ("create", [LOOP, "    book = Book(pk=n)", "    «book.save()»"], "given its key"),
    "a form's": ("save", ["rows = formset.save(commit=False)", "for book in rows:",
                         "    book.title = n", "    «book.save()»"], "not plainly read"),
    "changed before": ("save", ["book.pages = 3", EACH, "    book.title = n", "    «book.save()»"],
                       "outside of the loop"),
    "looked at after": ("save", [EACH, "    book.title = n", "    «book.save()»", "return book"],
                        "outside of the loop"),
    "in it": ("save", [EACH, "    book.data['seen'] = True", "    book.pages += 1",
                       "    «book.save()»"], "may change it"),
    "its list": ("save", [EACH, "    book.data.append(n)", "    book.pages += 1",
                          "    «book.save()»"], "may change it"),
    "a tuple": ("save", [EACH, "    book.pages, x = n", "    book.title = n", "    «book.save()»"],
                "may change it"),
    "its data": ("save", [EACH, "    data = book.data", "    book.title = n", "    «book.save()»"],
                 "may change it"),
    "named database": ("save", ["for book in Book.objects.using('b'):", "    book.title = n",
                                "    «book.save()»"], "names its database"),
    "no such column": ("save", [EACH, "    book.shown = True", "    «book.save()»"],
                       "which columns"),
    "changed and shown": ("save", [EACH, "    book.pages = 1", "    «book.save()»", "f(book)"],
                          "outside of the loop"),
    "deleted and shown": ("delete", [EACH, "    «book.delete()»", "f(book)"], "outside of the"),
    "commented": ("delete", [EACH, "    # the law says so", "    «book.delete()»"], "a comment"),
    "explained": ("save", [f"{EACH}  # all", "    book.pages = 1", "    «book.save()»"],
                  "a comment stands"),
    "sliced": ("delete", ["for book in Book.objects.all()[:3]:", "    «book.delete()»"], "more"),
    "more": ("delete", [EACH, "    f(book)", "    «book.delete()»"], "does more than to delete"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refusals(case, tmp_path):
    kind, lines, reason = REFUSED[case]
    result = written(tmp_path, view(*lines), SQL[kind])
    assert not result.fixes and reason in result.refusals[0].reason, result.refusals
    assert result.refusals[0].reason.endswith("at once")


@pytest.mark.parametrize(
    ("kind", "line", "hook"),
    [
        ("create", "«Book.objects.create(a=1)»", "create"),
        ("save", "«book.save()»", "update"),
        ("delete", "«book.delete()»", "delete"),
    ],
)
def test_models_that_do_more(kind, line, hook, tmp_path):
    text = view(EACH, f"    {line}")
    result = written(tmp_path, text, SQL[kind], {hook: ["Book.save()"]})
    assert result.refusals[0].reason == (
        "Book.save() would not happen any more; leave the loop, or do that by hand as well"
    )


@pytest.mark.parametrize(
    ("kind", "line", "hook"),
    [
        ("create", "«Book.objects.create(a=1)»", "bulk_create"),
        ("save", "book.pages = 1; «book.save()»", "bulk_update"),
        ("delete", "«book.delete()»", "bulk_delete"),
    ],
)
def test_managers_of_the_projects_own(kind, line, hook, tmp_path):
    lines = (f"    {one}" for one in line.split("; "))
    result = written(tmp_path, view(EACH, *lines), SQL[kind], {hook: ["Rows.kept()"]})
    assert result.refusals[0].reason == (
        "Rows.kept() is not Django's own, and may do more than to write rows; at once, if that is "
        "what it is for"
    )


@pytest.mark.parametrize(
    ("models", "why"),
    [
        (unknown, "nothing is known of the model shop.Book"),
        (Known(Silent()), "the project does not say what shop.Book is"),
    ],
)
def test_models_that_are_not_known(models, why, tmp_path):
    text = view(LOOP, "    «Book.objects.create(title=n)»")
    result = written(tmp_path, text, SQL["create"], models=models)
    assert [one.reason for one in result.refusals] == [f"{why}; at once"]
