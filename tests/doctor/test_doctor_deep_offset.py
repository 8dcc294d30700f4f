"""HC503: deep OFFSETs, and the last pages that show them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from booking import Book

from hotclub.doctor._costs import Costs
from hotclub.doctor._last_pages import last, numbered
from hotclub.doctor._merge import merge
from hotclub.doctor._seen import Sighting
from hotclub.doctor.crawl import Crawl, Target, Visit
from hotclub.doctor.crawl._routes import Routes

Look = Callable[[Book], list[Sighting]]
VIEW = ("call", "shop/views.py", 10, "product_list")
SQL = 'SELECT "id" FROM "shop_product" ORDER BY "id" ASC LIMIT 20 OFFSET {}'


def paged(book: Book, offset: int, path: str = "/products/", **facts: object) -> None:
    request = book.request(path, label=f"GET {path}")
    batch = book.batch(
        request,
        "shop.Product",
        size=20,
        created_stack=book.stack(VIEW),
        queryset={"sliced": True, "filtered": False, **facts},
    )
    book.query(request, SQL.format(offset), batch=batch, rows=20)


def test_a_page_far_down(book: Book, look: Look) -> None:
    paged(book, 1980)
    (seen,) = look(book)
    assert (seen.code, seen.rows) == ("HC503", 2000)
    assert seen.detail == "1,980 rows passed over to show 20"
    (finding,) = merge([seen], Costs(), {"shop.Product": 2000})
    assert (finding.queries_saved, finding.expression[0].line) == (0, 10)


def test_pages_further_up_are_clean(book: Book, look: Look) -> None:
    for offset in (0, 20, 980):
        paged(book, offset)
    assert look(book) == []


@pytest.mark.parametrize(
    ("query", "offset", "filtered", "asked"),
    [
        ("page=3", 40, False, "page=251"),
        ("q=a&page=3&z=", 40, False, "q=a&page=251&z="),
        ("offset=60", 60, False, "offset=5000"),
        ("page=4", 40, False, None),  # not the page's number
        ("page=x", 40, False, None),
        ("page=1", 0, False, None),
        ("page=3", 40, True, None),  # nobody knows how many there are
    ],
)
def test_which_last_page_is_asked_for(
    book: Book, query: str, offset: int, filtered: bool, asked: str | None
) -> None:
    target = Target("/products/", query, None, "products/")
    paged(book, offset, f"/products/?{query}", filtered=filtered)
    seen = Crawl(Routes(()), [None], [Visit(target, 200)])
    found = [last(one, 5001) for one in numbered(book.path, book.path.parent, seen)]
    assert [one and one.query for one in found] == ([] if asked is None else [asked])


def test_a_short_list_has_no_deep_page(book: Book) -> None:
    target = Target("/products/", "page=2", None, "products/")
    paged(book, 20, "/products/?page=2")
    (one,) = numbered(book.path, book.path.parent, Crawl(Routes(()), [None], [Visit(target, 200)]))
    assert last(one, 900) is None
    assert last(one, 0) is None
