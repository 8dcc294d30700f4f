"""Counts up to a bound, and what is said beyond it."""

from __future__ import annotations

from hotclub.pagination import Count, KeysetPaginator
from tests.pagination.books import Book

from django.db import connections  # isort: skip


class Bounded(KeysetPaginator):
    count_limit = 10


def write(alias: str, number: int) -> None:
    Book.objects.using(alias).bulk_create(Book(title=str(n)) for n in range(number))


def test_exact_up_to_the_bound(alias: str) -> None:
    write(alias, 10)
    paginator = Bounded(Book.objects.using(alias), 3)
    assert (paginator.count, str(paginator.count), paginator.num_pages) == (10, "10", 4)
    assert isinstance(paginator.count, Count)
    assert paginator.count.exact


def test_more_than_the_bound_is_not_counted(alias: str) -> None:
    write(alias, 12)
    few = Book.objects.using(alias).filter(title__gte="")
    paginator = Bounded(few.order_by("title"), 3)
    assert (paginator.count, str(paginator.count)) == (10, ">10")
    assert paginator.num_pages == 4
    last = paginator.page(paginator.num_pages)
    assert (len(last), last.number, last.has_next()) == (3, None, False)
    exact = KeysetPaginator(few, 3)
    exact.count_limit = None
    assert str(exact.count) == "12"


def test_postgresql_estimates_a_whole_table(postgres: str) -> None:
    Book.objects.using(postgres).all().delete()
    write(postgres, 30)
    with connections[postgres].cursor() as cursor:
        cursor.execute("ANALYZE shelf_book")
    paginator = Bounded(Book.objects.using(postgres).order_by("title"), 3)
    assert (paginator.count, str(paginator.count)) == (30, "≈30")
    some = Bounded(Book.objects.using(postgres).filter(sold=False), 3)
    assert str(some.count) == ">10"
