"""Objects looked up in a loop over keys: in_bulk() before it, and the same exception."""

from __future__ import annotations

import pytest

from hotclub.fix import Plan, plan, render
from hotclub.fix._known import Model
from hotclub.proof._steps import Step, steps
from tests.fix.fixing import Files, finding


def looked_up(root, text: str, **changed) -> Plan:
    files = Files(root)
    files.add("a.py", text)
    known = {"code": "HC109", "shape": "get", "path": (), "advice": "use in_bulk()", **changed}
    one = finding("", files.place("a.py"), model="shop.Book", **known)
    model = Model("shop.models", "Book", "objects", frozenset(), key="number")
    return plan([one], root, django=(5, 2), models=lambda _: model)


def after(root, text: str, kind: str = "offered") -> str:
    result = looked_up(root, text)
    assert not result.refusals, result.refusals[0].reason
    (fix,) = result.fixes
    assert fix.kind == kind and fix.must_gain == (kind == "witnessed")
    assert steps(fix) == (Step("shop.Book", "in_bulk()", "keys", ("missing", "twice")),)
    return render([fix], root)["a.py"]


def view(*lines: str) -> str:
    return "".join(["def view(request):\n", *(f"    {line}\n" for line in lines)])


KEYS = 'pks = request.GET.getlist("pk")'
RAISED = [
    "    if pk not in book_by_pk:",
    '        raise Book.DoesNotExist("Book matching query does not exist.")',
]


def test_what_is_missing_raises_the_same(tmp_path):
    rest = "    lines.append(book.title)  # ä"
    text = view(KEYS, "for pk in pks:", "    book = «Book.objects.get(pk=pk)»", rest)
    assert after(tmp_path, text) == view(
        KEYS,
        "book_by_pk = Book.objects.in_bulk(pks)",
        "for pk in pks:",
        *RAISED,
        "    book = book_by_pk[pk]",
        rest,
    )


def test_what_is_missing_is_caught_the_same(tmp_path):
    lines = [
        "for pk in [1, 2, 3]:",
        "    try:",
        "        book = «self.rows().filter(a=1).select_related('b')».get(number=pk)",
        "    except Book.DoesNotExist:",
        "        continue",
    ]
    assert after(tmp_path, view(*lines)) == view(
        "book_by_pk = self.rows().filter(a=1).select_related('b').in_bulk([1, 2, 3])",
        "for pk in [1, 2, 3]:",
        "    try:",
        "        book = book_by_pk[pk]",
        "    except KeyError:",
        "        continue",
    )


def test_a_part_of_a_statement_and_a_name_that_is_taken(tmp_path):
    lines = [
        "book_by_pk = 1",
        "for pk in Pick.objects.values_list('book_number_in_the_catalogue', flat=True):",
        "    lines.append(«models.Book.objects.get(pk=pk)».title)",
    ]
    text = after(tmp_path, view(*lines), "witnessed")
    assert text == view(
        lines[0],
        "book_by_pk_2 = models.Book.objects.in_bulk(",
        "    Pick.objects.values_list('book_number_in_the_catalogue', flat=True)",
        ")",
        lines[1],
        "    if pk not in book_by_pk_2:",
        "        raise models.Book.DoesNotExist('Book matching query does not exist.')",
        "    lines.append(book_by_pk_2[pk].title)",
    )


def test_a_lookup_alone_is_tried(tmp_path):
    lines = ["for pk in [1, 2]:", "    try:", "        «Book.objects.get(pk=pk)»",
             "    except ObjectDoesNotExist:", "        raise Http404 from None"]  # fmt: skip
    assert after(tmp_path, view(*lines)) == view(
        "book_by_pk = Book.objects.in_bulk([1, 2])",
        *lines[:2],
        "        book_by_pk[pk]",
        "    except KeyError:",
        lines[-1],
    )


def test_what_plainly_reads_is_kept(tmp_path):
    lines = [
        "    title = book.title.upper()",
        "    names = [one.name.strip() for one in book.authors.all()]",
        "    lines.append(book)",
        "    lines.append((title, names, str(book), len(names), book.get_kind_display()))",
        "    shown(title, book.pages)",
    ]
    text = after(tmp_path, view(KEYS, "for pk in pks:", LOOK, *lines))
    assert text.endswith("".join(f"    {line}\n" for line in lines))


ROWS = "Pick.objects.values_list('n', flat=True)"


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (ROWS, "witnessed"),
        (f"list({ROWS})", "witnessed"),
        (f"list({ROWS.replace('values', 'order_by(`?`)[:9].values')})", "witnessed"),
        ("[int(x) for x in request.GET.getlist('pk')]", "offered"),
        ("sorted(rows)", "offered"),
        ("(1, 2, 3)", "offered"),
    ],
)
def test_keys_that_are_known_to_be_the_database_s(value, kind, tmp_path):
    value = value.replace("`", "'")
    text = after(tmp_path, view(f"pks = {value}", "for pk in pks:", LOOK), kind)
    assert f"pks = {value}\n    book_by_pk = Book.objects.in_bulk(pks)\n" in text


LOOK = "    book = «Book.objects.get(pk=pk)»"
REFUSED = {
    "a comprehension": (["x = [«Book.objects.get(pk=pk)» for pk in pks]"], "comprehension cannot"),
    "unknown keys": (["for pk in pks:", LOOK], "gone through twice"),
    "a generator": (["pks = (n for n in f())", "for pk in pks:", LOOK], "gone through twice"),
    "keys given by others": (["if not request:", "    request = [1, 2]", "for pk in request:",
                              LOOK], "gone through twice"),
    "keys bound twice": ([KEYS, "if a:", "    pks = (n for n in f())", "for pk in pks:", LOOK],
                         "gone through twice"),
    "keys bound by a walrus": ([KEYS, "if (pks := f()):", "    pass", "for pk in pks:", LOOK],
                               "gone through twice"),
    "keys bound by a type": ([KEYS, "pks: object = f()", "for pk in pks:", LOOK],
                             "gone through twice"),
    "keys bound by with": ([KEYS, "with f() as pks:", "    pass", "for pk in pks:", LOOK],
                           "gone through twice"),
    "global keys": (["global pks", KEYS, "for pk in pks:", LOOK], "gone through twice"),
    "keys taken away": ([KEYS, "del pks", "for pk in pks:", LOOK], "gone through twice"),
    "one of several": (["pks, n = [1], 2", "for pk in pks:", LOOK], "gone through twice"),
    "sorted rows": (["for pk in sorted(rows):", LOOK], "gone through twice"),
    "a list of a generator": (["for pk in list(gen):", LOOK], "gone through twice"),
    "a comprehension over one": (["for pk in [n for n in gen]:", LOOK], "gone through twice"),
    "a method that takes": (["for pk in self.pop_all().values_list('n', flat=True):", LOOK],
                            "gone through twice"),
    "another order each time": (["for pk in Pick.objects.order_by('?')[:9]"
                                 ".values_list('n', flat=True):", LOOK], "gone through twice"),
    "by chance": (["for pk in Pick.objects.order_by('?').values_list('n', flat=True):", LOOK],
                  "gone through twice"),
    "an argument that is called": (["for pk in Pick.objects.filter(a=next(n))"
                                    ".values_list('n', flat=True):", LOOK], "gone through twice"),
    "a bare tuple": (["for pk in 1, 2, 3:", LOOK], "gone through twice"),
    "a tuple": (["for pk in (1, 2, 3):", LOOK], "gone through twice"),
    "keys that change": ([KEYS, "for pk in pks:", LOOK, "    pks.pop()"], "gone through twice"),
    "another column": (["for pk in [1, 2]:", LOOK.replace("pk=pk", "title=pk")], "no lookup by"),
    "two columns": (["for pk in [1, 2]:", LOOK.replace("pk=pk", "pk=pk, a=1")], "no lookup by"),
    "a branch": (["for pk in [1, 2]:", "    if pk:", f"    {LOOK}"], "not every key"),
    "no key": (["for n in [1, 2]:", LOOK], "does not go over keys"),
    "a writing loop": (["for pk in [1, 2]:", LOOK, "    book.save()"], "book.save()"),
    "a changing loop": (["for pk in [1, 2]:", LOOK, "    book.title = 1"], "«book.title» in"),
    "a method that writes": (["for pk in [1, 2]:", LOOK, "    book.move(target)"],
                             "«book.move(target)» in"),
    "a method of what it leads to": (["for pk in [1, 2]:", LOOK, "    shelf = book.shelf",
                                      "    for one in shelf.books.all():", "        one.move()"],
                                     "«one.move()» in"),
    "a method of a relation": (["for pk in [1, 2]:", LOOK, "    book.author.rank()"],
                               "«book.author.rank()» in"),
    "a method by another name": (["for pk in [1, 2]:", LOOK, "    other = book",
                                  "    other.first()"], "«other.first()» in"),
    "a method of what keeps it": (["for pk in [1, 2]:", LOOK, "    books.append(book)",
                                   "    books[-1].move()"], "«books[-1].move()» in"),
    "a method at once": (["for pk in [1, 2]:", f"    {LOOK[11:]}.publish()"], "publish()» in"),
    "handed on": (["for pk in [1, 2]:", LOOK, "    move(book, a=1)"], "«move(book, a=1)» in"),
    "handed on by a word": (["for pk in [1, 2]:", LOOK, "    tree.move(a=[book])"], "tree.move"),
    "handed on at once": (["for pk in [1, 2]:", f"    publish({LOOK[11:]})"], "«publish("),
    "changed by a function": (["for pk in [1, 2]:", LOOK, "    setattr(book, 'a', 1)"],
                              "setattr"),
    "changed beside another": (["for pk in [1, 2]:", LOOK, "    n, book.title = 1, 2"],
                               "«book.title» in"),
    "given away in between": (["for pk in [1, 2]:", LOOK, "    yield book"], "«yield book» in"),
    "other rows": (["for pk in [1, 2]:", "    rows = f(pk)",
                    LOOK.replace("Book.objects", "rows")], "rows is another one in each round"),
    "no class": (["for pk in [1, 2]:", LOOK.replace("Book.objects", "self.rows()")], "by name"),
    "more is caught": (["for pk in [1, 2]:", "    try:", f"    {LOOK}",
                        "    except (Book.DoesNotExist, ValueError):", "        pass"], "catches"),
    "the exception is used": (["for pk in [1, 2]:", "    try:", f"    {LOOK}",
                               "    except Book.DoesNotExist as e:", "        f(e)"], "catches"),
    "a chain is tried": (["for pk in [1, 2]:", "    try:",
                          "        out.append(«Book.objects.get(pk=pk)».author.profile.name)",
                          "    except ObjectDoesNotExist:", "        continue"],
                         "tries more than the lookup"),
    "an item is tried": (["for pk in [1, 2]:", "    try:", f"    {LOOK.replace('book', 'a, b')}",
                          "    except Book.DoesNotExist:", "        continue"],
                         "tries more than the lookup"),
    "of another model": (["for pk in [1, 2]:", "    try:", f"    {LOOK}",
                          "    except Author.DoesNotExist:", "        pass"], "catches"),
    "raised again": (["for pk in [1, 2]:", "    try:", f"    {LOOK}",
                      "    except Book.DoesNotExist:", "        raise"], "raised again"),
    "logged": (["for pk in [1, 2]:", "    try:", f"    {LOOK}", "    except Book.DoesNotExist:",
                "        logger.exception(pk)"], "raised again or looked at"),
    "logged by a word": (["for pk in [1, 2]:", "    try:", f"    {LOOK}",
                          "    except Book.DoesNotExist:",
                          "        logger.warning(pk, exc_info=True)"], "or looked at"),
    "asked for": (["for pk in [1, 2]:", "    try:", f"    {LOOK}", "    except Book.DoesNotExist:",
                   "        told(sys.exc_info())"], "or looked at"),
    "more is tried": (["for pk in [1, 2]:", "    try:", f"    {LOOK}", "        f(book)",
                       "    except Book.DoesNotExist:", "        pass"], "not every key"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refusals(case, tmp_path):
    lines, reason = REFUSED[case]
    result = looked_up(tmp_path, view(*lines))
    assert not result.fixes and reason in result.refusals[0].reason
    assert result.refusals[0].reason.endswith("use in_bulk()")


@pytest.mark.parametrize("shape", ["filtered", "get_written"])
def test_a_filter_for_each_and_rows_written_in_between_are_advice(shape, tmp_path):
    text = view("for pk in [1, 2]:", "    x = «Book.objects.get(pk=pk)»")
    assert looked_up(tmp_path, text, shape=shape).refusals[0].reason == "use in_bulk()"
