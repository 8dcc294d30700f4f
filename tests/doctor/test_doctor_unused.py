"""HC105: eager loading that nobody looks at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from booking import Book

from hotclub.doctor._costs import Costs
from hotclub.doctor._merge import merge
from hotclub.doctor._seen import Sighting

Look = Callable[[Book], list[Sighting]]
VIEW = ("call", "shop/views.py", 10, "product_list")


def products(book: Book, request: int, **values: Any) -> int:
    row = {"size": 10, "created_stack": book.stack(VIEW), **values}
    return book.batch(request, "shop.Product", **row)


def eager(
    book: Book, request: int, parent: int, touched: int | None, via: str = "prefetch", **values: Any
) -> int:
    row = {
        "relation": "reviews", "relation_kind": "reverse_key", "via": via, "size": 30,
        "members": 10, "queries": int(via == "prefetch"), **values,
    }  # fmt: skip
    number = book.batch(request, "shop.Review", parent_id=parent, **row)
    if touched is not None:
        book.add(
            "note", request_id=request, batch_id=number, kind="looks", name="reviews",
            count=touched, facts="{}",
        )  # fmt: skip
    return number


@pytest.mark.parametrize(
    ("via", "words", "saved"),
    [
        ("prefetch", "take reviews out of prefetch_related()", 1),
        ("select_related", "take reviews out of select_related()", 0),
    ],
)
def test_nobody_looked(book: Book, look: Look, via: str, words: str, saved: int) -> None:
    request = book.request()
    eager(book, request, products(book, request), 0, via)
    (seen,) = look(book)
    assert (seen.code, seen.advice, seen.reason) == ("HC105", words, "")
    assert seen.expression[0].line == 10 and seen.members == 10
    (finding,) = merge([seen], Costs(), {})
    assert (finding.queries_saved, finding.shape) == (saved, "eager")


def test_steps_on_the_way_to_what_is_looked_at(book: Book, look: Look) -> None:
    request = book.request()
    first = eager(book, request, products(book, request), 10)
    eager(book, request, first, 0, relation="author", relation_kind="forward_key")
    (seen,) = look(book)
    assert [step.relation for step in seen.path] == ["reviews", "author"]


@pytest.mark.parametrize("touched", [1, 10, None])
def test_looked_at_or_not_known(book: Book, look: Look, touched: int | None) -> None:
    request = book.request()
    eager(book, request, products(book, request), touched)
    assert look(book) == []


def test_another_request_looked(book: Book, look: Look) -> None:
    for path, touched in (("/1/", 0), ("/2/", 3)):
        request = book.request(path)
        eager(book, request, products(book, request), touched)
    assert look(book) == []


def test_another_caller_of_a_helper_looked(book: Book, look: Look) -> None:
    helper = ("call", "shop/models.py", 3, "listed")
    for path, line, touched in (("/1/", 10, 0), ("/2/", 20, 3)):
        request = book.request(path)
        here = book.stack(helper, ("call", "shop/views.py", line, f"view{line}"))
        eager(book, request, products(book, request, created_stack=here), touched)
    assert look(book) == []


def test_more_queries_than_it_saves(book: Book, look: Look) -> None:
    for number in range(4):
        request = book.request(f"/{number}/")
        eager(book, request, products(book, request), int(number == 0))
    found = look(book)
    assert {seen.title for seen in found} == {"eager loading that costs more queries than it saves"}
    assert len(found) == 3 and "4 queries were made so that 1 need not be" in found[0].advice


@pytest.mark.parametrize("status", [302, 404, 500])
def test_requests_that_did_something_else_say_nothing(book: Book, look: Look, status: int) -> None:
    request = book.request(status=status)
    eager(book, request, products(book, request), 0)
    assert look(book) == []


def test_nothing_there_to_be_looked_at(book: Book, look: Look) -> None:
    request = book.request()
    eager(book, request, products(book, request, size=0), 0)
    assert look(book) == []


@pytest.mark.parametrize(("via", "told"), [("prefetch", 1), ("select_related", 0)])
def test_a_join_for_one_row_is_not_worth_a_word(
    book: Book, look: Look, via: str, told: int
) -> None:
    request = book.request()
    eager(book, request, products(book, request, size=1), 0, via, members=1)
    assert len(look(book)) == told


def test_where_nothing_is_related_nobody_could_look(book: Book, look: Look) -> None:
    request = book.request()
    eager(book, request, products(book, request), 0, size=0)
    assert look(book) == []
    other = book.request("/2/")
    eager(book, other, products(book, other), 0, size=3)
    assert len(look(book)) == 2


@pytest.mark.parametrize(("kind", "told"), [("cache", 0), ("view", 1)])
def test_what_fills_a_cache_elsewhere(book: Book, look: Look, kind: str, told: int) -> None:
    request = book.request()
    eager(book, request, products(book, request), 0)
    other = book.request("/cold/", status=302)
    around = book.span(other, kind, "default.get_or_set")
    loaded = book.lazy(
        other, products(book, other, size=1), "reviews", "reverse_key", members=1, loads=1,
        model="shop.Review",
    )  # fmt: skip
    book.span(other, "fetch", "reviews", parent_id=around, batch_id=loaded)
    assert [one.code for one in look(book)] == ["HC105"] * told


def test_a_defeated_prefetch_is_told_once(book: Book, look: Look) -> None:
    request = book.request()
    root = products(book, request)
    eager(book, request, root, 0)
    book.lazy(request, root, "reviews", "reverse_key", shape="filtered")
    assert [seen.code for seen in look(book)] == ["HC106"]


def test_code_of_others_is_theirs(book: Book, look: Look) -> None:
    request = book.request()
    eager(book, request, products(book, request, created_stack=None), 0)
    assert look(book) == []


NAMED = """
class Report:
    def show(self, products, long):
        products = list(products)
        if long:
            return [product.reviews.all() for product in products]
        return products

    def titles(self, products):
        return list(products)
"""


@pytest.mark.parametrize(("line", "name", "told"), [(4, "show", 0), (10, "titles", 1)])
def test_what_a_branch_that_was_not_taken_would_look_at(
    book: Book, look: Look, tmp_path: Path, line: int, name: str, told: int
) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "reports.py").write_text(NAMED)
    text = NAMED.splitlines()[line - 1]
    start = text.index("list(")
    request = book.request()
    span = (start, line, start + len("list(products)"))
    here = book.stack(("call", "shop/reports.py", line, f"Report.{name}", None, span))
    eager(book, request, products(book, request, trigger_stack=here), 0)
    assert [one.code for one in look(book)] == ["HC105"] * told
