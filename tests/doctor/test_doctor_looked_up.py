"""HC109: objects looked up one at a time, and lookups that are none of that."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from booking import Book

from hotclub.doctor._seen import Sighting

Look = Callable[[Book], list[Sighting]]
VIEW = ("call", "shop/views.py", 10, "product_list")
GET = "SELECT * FROM product WHERE product.id = %s LIMIT 21"
ALL = "SELECT * FROM product WHERE product.shop_id = %s"


def lookups(
    book: Book,
    values: Sequence[Any],
    sql: str = GET,
    places: Sequence[tuple[Any, ...]] = (VIEW,),
    model: str = "shop.Product",
    around: str = "",
) -> None:
    request = book.request()
    parent = book.span(request, around, "") if around else None
    for number, value in enumerate(values):
        here = book.stack(places[number % len(places)])
        root = book.batch(request, model, created_stack=here, trigger_stack=here)
        params = value if isinstance(value, list) else [value]
        book.query(request, sql, params, batch=root, parent=parent)


@pytest.mark.parametrize(
    ("sql", "shape", "words"),
    [
        (GET, "get", "in_bulk()"),
        (ALL, "filtered", "group them"),
        ("SELECT * FROM product WHERE id IN (%s) LIMIT 21", "get", "in_bulk()"),
    ],
)
def test_the_same_lookup_for_other_values(
    book: Book, look: Look, sql: str, shape: str, words: str
) -> None:
    lookups(book, [1, 2, 3, 4], sql)
    (seen,) = look(book)
    assert (seen.code, seen.shape, seen.model) == ("HC109", shape, "shop.Product")
    assert (seen.members, seen.loads, seen.queries) == (4, 4, 4)
    assert seen.expression[0].line == 10 and words in seen.advice


def test_values_that_come_again_are_part_of_it(book: Book, look: Look) -> None:
    lookups(book, [1, 1, 2, 2, 3, 3])
    (seen,) = look(book)
    assert (seen.code, seen.members, seen.queries) == ("HC109", 3, 6)


@pytest.mark.parametrize(
    ("sql", "values"),
    [
        (GET, [1, 2]),
        ("SELECT * FROM product WHERE id IN (%s, %s)", [[1, 2], [3, 4], [5, 6]]),
        ("SELECT * FROM product WHERE id > %s ORDER BY id LIMIT 100", [0, 100, 200]),
        ("SELECT * FROM product WHERE price BETWEEN %s AND %s", [[1, 2], [2, 3], [3, 4]]),
        ("SELECT * FROM product WHERE shop_id = %s AND day < %s", [[1, 2], [2, 3], [3, 4]]),
    ],
)
def test_few_chunks_pages_and_ranges(book: Book, look: Look, sql: str, values: list[Any]) -> None:
    lookups(book, values, sql)
    assert look(book) == []


def test_at_several_places(book: Book, look: Look) -> None:
    places = [("call", "shop/views.py", line, "product_list") for line in (10, 11, 12)]
    lookups(book, [1, 2, 3], places=places)
    assert look(book) == []


def test_the_same_value_is_a_repetition(book: Book, look: Look) -> None:
    lookups(book, [7, 7, 7])
    assert [seen.code for seen in look(book)] == ["HC201"]


def test_what_django_keeps_is_left_out(book: Book, look: Look) -> None:
    lookups(book, [1, 2, 3], model="contenttypes.ContentType")
    assert look(book) == []


def test_rows_made_in_between(book: Book, look: Look) -> None:
    request = book.request()
    here = book.stack(VIEW)
    for value in range(4):
        root = book.batch(request, "shop.Product", created_stack=here, trigger_stack=here)
        book.query(request, GET, [value], batch=root)
        book.query(request, "INSERT INTO product", [value])
    assert look(book) == []


@pytest.mark.parametrize(
    "sql", ["UPDATE product SET path = %s", "DELETE FROM product WHERE a = %s"]
)
def test_rows_changed_in_between(book: Book, look: Look, sql: str) -> None:
    request = book.request()
    here = book.stack(VIEW)
    for value in range(4):
        root = book.batch(request, "shop.Product", created_stack=here, trigger_stack=here)
        book.query(request, GET, [value], batch=root)
        book.query(request, sql, [value])
    seen = next(one for one in look(book) if one.code == "HC109")
    assert seen.shape == "get_written" and "written before it" in seen.advice


@pytest.mark.parametrize("kind", ["permission", "delete"])
def test_what_django_asks_for_itself(book: Book, look: Look, kind: str) -> None:
    lookups(book, [1, 2, 3, 4], around=kind)
    assert "HC109" not in {seen.code for seen in look(book)}


def test_light_recordings_do_not_know_values(light: Book, look: Look) -> None:
    lookups(light, [1, 2, 3, 4])
    assert look(light) == []
