"""The paginator as views and templates see it."""

from __future__ import annotations

from typing import Any

import pytest

from hotclub.pagination import InvalidToken, KeysetPage, KeysetPaginator
from tests.pagination.books import Author, Book, Tag, flat, forwards

from django.core.paginator import EmptyPage, PageNotAnInteger  # isort: skip
from django.db import connections  # isort: skip
from django.db.models import Count, F, Q, Window  # isort: skip
from django.db.models.functions import RowNumber  # isort: skip
from django.test import override_settings  # isort: skip
from django.test.utils import CaptureQueriesContext  # isort: skip


def write(number: int, alias: str = "default") -> None:
    authors = [Author(id=1, name="ann"), Author(id=2, name="bob")]
    Author.objects.using(alias).bulk_create(authors)
    Book.objects.using(alias).bulk_create(
        Book(title=f"t{n:03}", genre="xyz"[n % 3], author_id=1 + n % 2) for n in range(number)
    )


def titles(page: Any) -> list[str]:
    return [book.title for book in page]


def pages(number: int, size: int = 3, **options: Any) -> KeysetPaginator:
    write(number)
    return KeysetPaginator(Book.objects.order_by("title"), size, **options)


@pytest.fixture(autouse=True)
def database(sqlite: str) -> None:
    for model in (Book.tags.through, Book, Tag, Author):
        model.objects.all().delete()


def test_a_page_is_like_djangos() -> None:
    page = pages(7).page(1)
    assert isinstance(page, KeysetPage)
    assert titles(page) == ["t000", "t001", "t002"]
    assert (page.number, page.start_index(), page.end_index()) == (1, 1, 3)
    assert (page.has_previous(), page.has_next(), page.has_other_pages()) == (False, True, True)
    assert (len(page), page[1].title, repr(page)) == (3, "t001", "<Page 1>")
    with pytest.raises(EmptyPage):
        page.previous_page_number()
    second = page.paginator.page(page.next_page_number())
    assert (second.number, second.start_index(), second.end_index()) == (2, 4, 6)
    assert (second.by_offset, second.has_previous()) == (False, True)
    last = page.paginator.page(second.next_page_number())
    assert (titles(last), last.number, last.has_next()) == (["t006"], 3, False)
    with pytest.raises(EmptyPage):
        last.next_page_number()


def test_numbers_still_work_by_offset_and_lead_on_by_key() -> None:
    paginator = pages(9)
    third = paginator.page("3")
    assert (titles(third), third.by_offset) == (["t006", "t007", "t008"], True)
    second = paginator.page(2)
    after = paginator.page(second.next_page_number())
    assert (titles(after), after.number, after.by_offset) == (titles(third), 3, False)
    for wrong, error in ((0, EmptyPage), (-1, EmptyPage), (4, EmptyPage), ("x", PageNotAnInteger)):
        with pytest.raises(error):
            paginator.page(wrong)
    assert titles(paginator.get_page("x")) == ["t000", "t001", "t002"]
    assert titles(paginator.get_page(99)) == titles(paginator.page("last"))
    assert titles(paginator.get_page("9" * 80)) == ["t000", "t001", "t002"]


def test_a_page_is_one_query_and_reads_no_more_than_it_shows() -> None:
    write(9)
    paginator = KeysetPaginator(Book.objects.order_by("-pk"), 3)
    page = paginator.page(2)
    with CaptureQueriesContext(connections["default"]) as queries:
        page = paginator.page(page.next_page_number())
        assert len(list(page)) == 3
        assert page.has_previous()
    assert len(queries) == 1
    assert "LIMIT 4" in queries[0]["sql"]
    assert "OFFSET" not in queries[0]["sql"]


def plans(alias: str, explain: str) -> list[str]:
    """How the second page of a mixed order is found, where there is an index for it."""
    connection = connections[alias]
    write(9, alias)
    with connection.cursor() as cursor:
        cursor.execute("CREATE INDEX mixed ON shelf_book (genre, title DESC, id DESC)")
        paginator = KeysetPaginator(Book.objects.using(alias).order_by("genre", "-title"), 3)
        token = paginator.page(1).next_page_number()
        found = []
        with CaptureQueriesContext(connection) as queries:
            assert titles(paginator.page(token)) == ["t007", "t004", "t001"]
        for query in queries.captured_queries:
            cursor.execute(f"{explain} {query['sql']}")
            found += [str(row[-1]) for row in cursor.fetchall()]
        cursor.execute("DROP INDEX mixed")
    return found


def test_sqlite_finds_each_stretch_by_the_index() -> None:
    assert plans("default", "EXPLAIN QUERY PLAN") == [
        "SEARCH shelf_book USING INDEX mixed (genre=? AND title=? AND id<?)",
        "SEARCH shelf_book USING INDEX mixed (genre=? AND title<?)",
        "SEARCH shelf_book USING INDEX mixed (genre>?)",
    ]


def test_postgresql_finds_each_stretch_by_the_index(postgres: str) -> None:
    for model in (Book, Author):
        model.objects.using(postgres).all().delete()
    with connections[postgres].cursor() as cursor:
        cursor.execute("SET enable_seqscan = off; SET enable_bitmapscan = off")
        found = plans(postgres, "EXPLAIN (COSTS off)")
        cursor.execute("RESET enable_seqscan; RESET enable_bitmapscan")
    assert not any("Sort" in line or "Filter" in line for line in found)
    conditions = [line.strip() for line in found if "Index Cond" in line]
    assert len(conditions) == 2
    assert "ROW((title)::text, id) < ROW(" in conditions[0] and "genre)::text = " in conditions[0]
    assert "genre)::text > " in conditions[1]


def test_altered_and_outdated_links_say_so() -> None:
    paginator = pages(7)
    page = paginator.page(1)
    digits, text = page.next_page_number(), page.next_token()
    other = KeysetPaginator(Book.objects.order_by("-title"), 3)
    for token in (digits, text, int(digits)):
        assert paginator.page(token).number == 2
        with pytest.raises(InvalidToken, match="sorted otherwise now"):
            other.page(token)
    for wrong in (digits[:-1] + str((int(digits[-1]) + 1) % 10), text[:-2], text + "é", "9" * 4000):
        with pytest.raises(InvalidToken, match="damaged"):
            paginator.page(wrong)
        assert titles(paginator.get_page(wrong)) == ["t000", "t001", "t002"]


def test_links_survive_a_new_secret_key() -> None:
    paginator = pages(7)
    token = paginator.page(1).next_page_number()
    old = "tests of pagination"
    with override_settings(SECRET_KEY="another", SECRET_KEY_FALLBACKS=[old]):
        assert paginator.page(token).number == 2
    with override_settings(SECRET_KEY="another"), pytest.raises(InvalidToken):
        paginator.page(token)


def test_a_page_of_rows_that_have_gone_leads_back() -> None:
    paginator = pages(6)
    page = paginator.page(1)
    Book.objects.filter(title__gte="t003").delete()
    empty = paginator.page(page.next_page_number())
    assert (titles(empty), empty.has_next(), empty.has_previous()) == ([], False, True)
    back = paginator.page(empty.previous_page_number())
    assert (titles(back), back.number) == (["t000", "t001", "t002"], 1)
    assert empty.start_index() == 0


def test_the_list_of_a_page_is_a_queryset_that_has_run() -> None:
    paginator = KeysetPaginator(Book.objects.order_by("title").prefetch_related("author"), 3)
    write(7)
    page = paginator.page(paginator.page(1).next_page_number())
    rows = page.object_list
    with CaptureQueriesContext(connections["default"]) as queries:
        assert [book.author.name for book in rows] == ["bob", "ann", "bob"]
        assert (len(rows), rows.ordered, bool(rows)) == (3, True, True)
    assert len(queries) == 0
    assert not [name for name in vars(rows[0]) if "keyset" in name]
    assert titles(rows.select_related("author").reverse()) == ["t005", "t004", "t003"]


def test_rows_of_every_shape() -> None:
    write(4)
    books = Book.objects.order_by("title")
    whole = [
        books.values("genre"),
        books.values_list("genre", "title"),
        books.values_list("genre", flat=True),
        books.values_list("genre", F("author__name"), named=True),
        books.only("genre"),
        books.annotate(n=Count("tags")).filter(n=0),
    ]
    for queryset in whole:
        paginator = KeysetPaginator(queryset, 3)
        assert paginator.unseekable == ""
        assert flat(forwards(paginator)) == list(queryset)
        assert type(paginator.page(1)[0]).__name__ == type(queryset[0]).__name__


def test_what_has_no_keys_has_numbered_pages_and_a_reason() -> None:
    write(7)
    tag = Tag.objects.create(word="new")
    tag.book_set.set(Book.objects.all())
    books = Book.objects.order_by("title")
    reasons = {
        "not a queryset": list(books),
        "random": Book.objects.order_by("?"),
        "slice": Book.objects.order_by("title")[:6],
        "union": Book.objects.filter(genre="x")
        .union(Book.objects.filter(genre="y"))
        .order_by("pk"),
        "add distinct": books.filter(Q(tags__word="new") | Q(tags__word="old")),
        "several values": Book.objects.order_by("tags__word"),
        "distinct or grouped": books.values("genre").distinct().order_by("genre"),
        "window": Book.objects.order_by(Window(RowNumber(), order_by="title")),
    }
    for reason, rows in reasons.items():
        paginator = KeysetPaginator(rows, 3)
        assert reason in paginator.unseekable
        first = paginator.page(1)
        assert not first.has_next() or first.next_page_number() == "2"
        if reason != "random":
            assert flat(forwards(paginator)) == list(rows)
        with pytest.raises(EmptyPage):
            paginator.page(9)
        with pytest.raises(PageNotAnInteger):
            paginator.page("9" * 60)
        assert len(paginator.get_page(99)) > 0


def test_a_many_to_many_manager_holds_each_row_once() -> None:
    write(7)
    tags = Tag.objects.bulk_create([Tag(word="new"), Tag(word="newer")])
    for tag in tags:
        tag.book_set.set(Book.objects.all())
    once = [tags[0].book_set.order_by("-title"), Book.objects.filter(tags=tags[1]).order_by("pk")]
    for books in once:
        paginator = KeysetPaginator(books, 3)
        assert paginator.unseekable == ""
        assert flat(forwards(paginator)) == list(books)
    several = [
        Book.objects.filter(tags__in=tags),
        Book.objects.filter(Q(tags=tags[0]) | Q(tags=tags[1])),
        Book.objects.filter(tags__word="new"),
        Book.objects.filter(tags=tags[0]).filter(tags__in=tags),
    ]
    for books in several:
        assert "add distinct" in KeysetPaginator(books.order_by("pk"), 3).unseekable


def test_distinct_lists_have_keys() -> None:
    write(7)
    Tag.objects.create(word="new").book_set.set(Book.objects.all())
    Tag.objects.create(word="newer").book_set.set(Book.objects.all())
    books = Book.objects.filter(tags__word__startswith="new").distinct().order_by("title")
    paginator = KeysetPaginator(books, 3)
    assert paginator.unseekable == ""
    assert flat(forwards(paginator)) == list(books)


def test_orphans_and_empty_first_pages_are_djangos() -> None:
    write(7)
    books = Book.objects.order_by("title")
    assert [len(page) for page in forwards(KeysetPaginator(books, 3, orphans=1))] == [3, 4]
    with pytest.raises(EmptyPage):
        KeysetPaginator(books.none(), 3, allow_empty_first_page=False).page(1)
    assert [page.number for page in KeysetPaginator(books, 3)] == [1, 2, 3]


def test_values_that_are_too_long_for_a_link_make_numbered_pages() -> None:
    words = "".join(chr(0x4E00 + n * 7 % 20000) for n in range(2000))
    Book.objects.bulk_create(Book(title=f"{n}{words}") for n in range(5))
    paginator = KeysetPaginator(Book.objects.order_by("title"), 2)
    assert paginator.page(1).next_page_number() == "2"
    assert len(flat(forwards(paginator))) == 5
    last = paginator.page("last")
    assert (last.number, last.previous_page_number()) == (3, "2")
