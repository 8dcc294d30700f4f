"""Every row exactly once, in the list's own order, whichever way one walks."""

from __future__ import annotations

import os
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from hotclub.pagination import KeysetPaginator
from tests.pagination import books
from tests.pagination.books import Author, Book, Seat, backwards, flat, forwards

from datetime import date, datetime, timedelta, timezone  # isort: skip
from decimal import Decimal  # isort: skip
from uuid import UUID  # isort: skip
from django.db.models import Avg, Count, F, Value  # isort: skip
from django.db.models.functions import Coalesce, Lower, Round, TruncYear  # isort: skip

MOMENTS = [datetime(2024, 2, 29, 12, 0, 0, n, tzinfo=timezone.utc) for n in (0, 1, 120000)]
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "title": st.sampled_from(["a", "A", "b", "ä", "", "b%'\"\\"]),
            "genre": st.sampled_from(["x", "y"]),
            "price": st.sampled_from([None, Decimal("0.10"), Decimal("0.30"), Decimal("20.00")]),
            "score": st.sampled_from([None, 0.1, 0.1 + 0.2, 1e300, float("-inf")]),
            "published": st.sampled_from([None, *MOMENTS]),
            "day": st.sampled_from([None, date(1999, 12, 31), date(2024, 2, 29)]),
            "sold": st.booleans(),
            "key": st.sampled_from([None, UUID(int=1), UUID(int=2**127)]),
            "data": st.sampled_from([None, b"", b"\0\xff", b"b"]),
            "took": st.sampled_from([None, timedelta(-1, 5), timedelta(0, 1, 500000)]),
            "author_id": st.sampled_from([None, 1, 2, 3, 4]),
        }
    ),
    max_size=14,
)
NAMES = [
    "title", "genre", "price", "score", "published", "day", "sold", "key", "data", "took",
    "author", "author_id", "author__name", "author__born", "books", "paid", "pk", "id",
]  # fmt: skip
EXPRESSIONS = [Lower("title"), F("price") * 3, Coalesce("score", Value(0.5)), F("mean") * 2,
               TruncYear("published"), Round("price", 1)]  # fmt: skip
PLACES: list[dict[str, Any]] = [{}, {"nulls_first": True}, {"nulls_last": True}]
ITEM: Any = st.one_of(
    st.sampled_from([*NAMES, *(f"-{name}" for name in NAMES)]),
    st.builds(
        lambda expression, down, place: (
            expression.desc(**place) if down else expression.asc(**place)
        ),
        st.sampled_from([*(F(name) for name in NAMES if name != "author"), *EXPRESSIONS]),
        st.booleans(),
        st.sampled_from(PLACES),
    ),
)
ORDER = st.lists(ITEM, max_size=3)
SETTINGS = settings(
    max_examples=int(os.environ.get("HOTCLUB_EXAMPLES", "40")),
    deadline=None,
    derandomize="HOTCLUB_EXAMPLES" not in os.environ,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def fill(alias: str, rows: list[dict[str, Any]]) -> None:
    Book.objects.using(alias).all().delete()
    Author.objects.using(alias).all().delete()
    known = [(1, "ann", 1900), (2, "bob", None), (3, "ann", None), (4, "cy", 1900)]
    Author.objects.using(alias).bulk_create(Author(id=i, name=n, born=b) for i, n, b in known)
    Book.objects.using(alias).bulk_create(Book(**row) for row in rows)


def listed(alias: str) -> Any:
    """All books, with annotations to sort by; grouped, so that NULLs and joins meet."""
    counted = Count("author__book")
    paid = F("price") + 1
    return Book.objects.using(alias).annotate(books=counted, mean=Avg("author__born"), paid=paid)


def completed(queryset: Any, order: list[Any]) -> Any:
    """What Django says the list is, its last ties broken by the primary key."""
    last = order[-1] if order else "pk"
    down = last.startswith("-") if isinstance(last, str) else last.descending
    if last in ("author", "-author"):  # whose own ordering ends with one that goes the other way
        down = not down
    return queryset.order_by(*order, "-pk" if down else "pk")


@SETTINGS
@given(rows=ROWS, order=ORDER, size=st.integers(1, 5), reverse=st.booleans())
def test_the_pages_are_the_list(
    alias: str, rows: list[dict[str, Any]], order: list[Any], size: int, reverse: bool
) -> None:
    fill(alias, rows)
    whole = completed(listed(alias), order)
    queryset = listed(alias).order_by(*order)
    if reverse:
        whole, queryset = whole.reverse(), queryset.reverse()
    expected = list(whole)
    paginator = KeysetPaginator(queryset, size)
    assert paginator.unseekable == ""
    pages = forwards(paginator)
    assert flat(pages) == expected
    assert all(len(page) == size for page in pages[:-1])
    assert flat(backwards(paginator)) == expected
    middle = paginator.page(len(pages) // 2 + 1)
    assert [
        *flat(backwards(paginator, middle)),
        *flat(forwards(paginator, middle))[len(middle) :],
    ] == expected


CHANGES = st.lists(st.tuples(st.integers(0, 40), st.booleans(), ROWS), min_size=12, max_size=12)


@SETTINGS
@given(rows=ROWS, order=ORDER, size=st.integers(1, 4), changes=CHANGES, back=st.booleans())
def test_rows_that_stay_come_once_while_others_come_and_go(
    alias: str,
    rows: list[dict[str, Any]],
    order: list[Any],
    size: int,
    changes: list[tuple[int, bool, list[dict[str, Any]]]],
    back: bool,
) -> None:
    fill(alias, rows)
    queryset = Book.objects.using(alias).annotate(paid=F("price") + 1, books=F("author__born"),
                                                  mean=F("score")).order_by(*order)  # fmt: skip
    stayed = {book.pk for book in queryset}
    paginator = KeysetPaginator(queryset, size)
    page = paginator.page("last" if back else 1)
    seen = pks(page)
    for change in changes * 20:
        if not (page.has_previous() if back else page.has_next()):
            break
        alter(alias, stayed, change, len(seen))
        page = paginator.page(page.previous_page_number() if back else page.next_page_number())
        seen = [*pks(page), *seen] if back else [*seen, *pks(page)]
    else:
        raise AssertionError("the walk does not end")
    assert len(seen) == len(set(seen))
    assert [pk for pk in seen if pk in stayed] == [
        pk for pk in pks(completed(queryset.order_by(), order)) if pk in stayed
    ]


def pks(rows: Any) -> list[int]:
    return [book.pk for book in rows]


def alter(
    alias: str, stayed: set[int], change: tuple[int, bool, list[dict[str, Any]]], seen: int
) -> None:
    """A row goes, or others come."""
    number, gone, more = change
    if gone and stayed:
        lost = sorted(stayed)[number % len(stayed)]
        Book.objects.using(alias).filter(pk=lost).delete()
        stayed.discard(lost)
    elif seen < 60:
        Book.objects.using(alias).bulk_create(Book(**row) for row in more[:2])


def test_a_primary_key_of_several_columns_tells_rows_apart(alias: str) -> None:
    seats = Seat.objects.using(alias)
    seats.all().delete()
    seats.bulk_create(Seat(row=n // 4, number=n % 4, color="rg"[n % 2]) for n in range(11))
    for order in (["color"], ["-color", "pk"], [], ["-pk"]):
        down = bool(order) and order[-1].startswith("-")
        whole = list(seats.order_by(*order, *(("-row", "-number") if down else ("row", "number"))))
        paginator = KeysetPaginator(seats.order_by(*order), 3)
        assert flat(forwards(paginator)) == whole
        assert flat(backwards(paginator)) == whole


def test_an_empty_list_has_one_page(alias: str) -> None:
    paginator = KeysetPaginator(Book.objects.using(alias).order_by("title"), 3)
    for page in (paginator.page(1), paginator.page("last"), paginator.get_page(7)):
        assert list(page) == []
        assert not page.has_other_pages()
    assert books.flat(forwards(paginator)) == []
